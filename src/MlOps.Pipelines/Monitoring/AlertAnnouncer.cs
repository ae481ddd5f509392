using Microsoft.Extensions.Logging;
using MlOps.Core.Monitoring;
using MlOps.Storage.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>
/// Acts on alerts that have opened, such as by starting a run. Told at least once of each; the alert's id tells a repetition. What it
/// throws is logged, and it is told again later.
/// </summary>
public interface IAlertSubscriber
{
    /// <summary>An alert has opened.</summary>
    Task OnOpenedAsync(AlertOpened alert, CancellationToken cancellationToken);

    /// <summary>Monitors have looked again, and an alert that was told before is still open. Told after each look; what is missed is told at the next one.</summary>
    Task OnStillOpenAsync(AlertRecord alert, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Tells everyone who acts on alerts of those that have opened. An event is closed when all of them have taken it.</summary>
internal sealed partial class AlertAnnouncer(AlertEventStore events, IEnumerable<IAlertSubscriber> subscribers, ILogger<AlertAnnouncer> logger)
{
    private readonly IAlertSubscriber[] _all = [.. subscribers];

    public async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        foreach (var alert in await events.ListOpenAsync(cancellationToken))
        {
            var taken = true;
            foreach (var subscriber in _all) taken &= await TryTellAsync(subscriber, alert.AlertId, s => s.OnOpenedAsync(alert, cancellationToken));
            if (taken) await events.CloseAsync(alert.AlertId, cancellationToken);
        }
    }

    /// <summary>Tells that an alert is still open.</summary>
    public async Task RemindAsync(AlertRecord alert, CancellationToken cancellationToken)
    {
        foreach (var subscriber in _all) await TryTellAsync(subscriber, alert.Id, s => s.OnStillOpenAsync(alert, cancellationToken));
    }

    private async Task<bool> TryTellAsync(IAlertSubscriber subscriber, string alert, Func<IAlertSubscriber, Task> tell)
    {
        try
        {
            await tell(subscriber);
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogFailed(subscriber.GetType().Name, alert, error.Message);
            return false;
        }
    }

    [LoggerMessage(3602, LogLevel.Error, "{Subscriber} could not take alert {AlertId}; it is told again later: {Problem}")]
    private partial void LogFailed(string subscriber, string alertId, string problem);
}
