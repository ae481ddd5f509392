using MlOps.Core.Monitoring;
using MlOps.Core.Notifications;
using MlOps.Core.Specification;
using MlOps.Monitoring.Alerts;
using MlOps.Pipelines.Notifications;
using MlOps.Storage.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Opens, follows and closes the alerts of monitors, and tells people. Done again for the same windows, it changes nothing.</summary>
internal sealed class AlertKeeper(
    MonitorResultStore results, AlertStore alerts, AlertEventStore events, SilenceStore silences, Notifier notifier, TimeProvider time)
{
    /// <summary>Holds a monitor's series against its rule.</summary>
    /// <returns>The alert that is open now; <see langword="null"/>: none.</returns>
    public async Task<AlertRecord?> JudgeAsync(PipelineSpec pipeline, MonitorSpec monitor, CancellationToken cancellationToken)
    {
        var endpoint = pipeline.Release.Endpoint;
        var window = pipeline.Monitors.WindowOf(monitor);
        // A person may have looked at other windows; a series is made of windows of one length.
        var history = (await results.ListAsync(endpoint, monitor.Kind, null, AlertJudge.Lookback, cancellationToken)).Where(r => r.Window.Length == window).ToList();
        if (history.Count is 0) return null;
        var wrong = AlertJudge.Judge(history, monitor.Alert);
        var last = history[^1];

        var known = await alerts.TryGetLastAsync(endpoint, monitor.Kind, cancellationToken);
        if (known is { IsOpen: true })
        {
            var followed = await alerts.FollowAsync(known.Id, last.Window.To, alert => Merge(alert, wrong, last.Window.To), cancellationToken) ?? known;
            if (!followed.IsOpen)
            {
                MonitorMetrics.Closed(followed);
                await TellClosedAsync(pipeline, followed, cancellationToken);
            }
            // It may have been opened by a run that died before it could tell.
            else await TellOpenedAsync(pipeline, followed, cancellationToken);
            return followed.IsOpen ? followed : null;
        }
        if (wrong.Count is 0)
        {
            // It may have been closed, over this window, by a run that died before it could tell.
            if (known is { IsOpen: false } && known.LastWindow == last.Window.To)
                await TellClosedAsync(pipeline, await alerts.FollowAsync(known.Id, last.Window.To, alert => alert, cancellationToken) ?? known, cancellationToken);
            return null;
        }


        var opened = await alerts.OpenAsync(await NewAsync(pipeline, monitor, wrong, last, cancellationToken), cancellationToken);
        if (!opened.IsOpen) return null;
        MonitorMetrics.Opened(opened);
        await TellOpenedAsync(pipeline, opened, cancellationToken);
        return opened;
    }

    private static AlertRecord Merge(AlertRecord alert, IReadOnlyList<AlertItem> wrong, DateTimeOffset at)
    {
        if (wrong.Count is 0) return alert with { ClosedAt = at, Items = [.. alert.Items.Select(i => i.ClosedAt is null ? i with { ClosedAt = at } : i)] };
        var still = wrong.ToDictionary(i => i.Series, StringComparer.Ordinal);
        var items = alert.Items.Select(i => still.Remove(i.Series, out var now) ? now : i.ClosedAt is null ? i with { ClosedAt = at } : i).ToList();
        return alert with { Items = [.. items, .. still.Values.OrderBy(i => i.Series, StringComparer.Ordinal)] };
    }

    private async Task<AlertRecord> NewAsync(PipelineSpec pipeline, MonitorSpec monitor, IReadOnlyList<AlertItem> wrong, MonitorResult last, CancellationToken cancellationToken)
    {
        var endpoint = pipeline.Release.Endpoint;
        var (now, openedAt) = (time.GetUtcNow(), wrong.Min(i => i.OpenedAt));
        return new AlertRecord
        {
            Id = AlertStore.IdOf(endpoint, monitor.Kind, openedAt),
            Endpoint = endpoint,
            Pipeline = pipeline.Name,
            Monitor = monitor.Kind,
            Severity = monitor.Alert.Severity,
            Items = wrong,
            OpenedAt = openedAt,
            LastWindow = last.Window.To,
            RecordedAt = now,
            Silenced = (await silences.ListAsync(endpoint, cancellationToken)).Any(s => s.Covers(monitor.Kind, now)),
            Model = last.Model,
            Version = last.Version,
        };
    }

    private async Task TellOpenedAsync(PipelineSpec pipeline, AlertRecord alert, CancellationToken cancellationToken)
    {
        await events.AddAsync(new(alert.Id, alert.Endpoint, alert.Pipeline, alert.Monitor, alert.Severity, alert.OpenedAt, alert.Detail), cancellationToken);
        if (!alert.Silenced) await notifier.SendAsync(MessageOf(alert, "alert.raised"), pipeline.Notify, cancellationToken);
    }

    private async Task TellClosedAsync(PipelineSpec pipeline, AlertRecord alert, CancellationToken cancellationToken)
    {
        if (!alert.Silenced) await notifier.SendAsync(MessageOf(alert, "alert.closed"), pipeline.Notify, cancellationToken);
    }

    private static Notification MessageOf(AlertRecord alert, string what)
    {
        var monitor = MonitorNames.NameOf(alert.Monitor);
        var closed = what is "alert.closed";
        return new Notification
        {
            Id = Notification.IdOf(what, alert.Id),
            Event = what,
            Subject = $"endpoints/{alert.Endpoint}",
            Pipeline = alert.Pipeline,
            Severity = closed ? NotificationSeverity.Info : alert.Severity switch
            {
                AlertSeverity.Critical => NotificationSeverity.Critical,
                AlertSeverity.Warning => NotificationSeverity.Warning,
                _ => NotificationSeverity.Info,
            },
            Title = closed ? $"{alert.Endpoint}: {monitor} is well again" : $"{alert.Endpoint}: {monitor} raises an alert",
            Text = closed ? $"What was wrong since {alert.OpenedAt:yyyy-MM-dd HH:mm} UTC: {alert.Detail}" : alert.Detail,
            Facts =
            [
                new("Endpoint", alert.Endpoint), new("Monitor", monitor), new("Severity", alert.Severity.ToString()),
                .. alert.Model is { } model ? [new NotificationFact("Model", $"{model} version {alert.Version}")] : Array.Empty<NotificationFact>(),
                new("Since", $"{alert.OpenedAt:yyyy-MM-dd HH:mm} UTC"), new("Alert", alert.Id),
            ],
            Links = [new("Report", $"/api/endpoints/{alert.Endpoint}/report"), new("Alert", $"/api/alerts/{alert.Id}")],
            At = closed ? alert.ClosedAt ?? alert.RecordedAt : alert.RecordedAt,
        };
    }
}
