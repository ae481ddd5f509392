using Microsoft.Extensions.Options;
using MlOps.Core.Notifications;
using MlOps.Core.Specification;
using MlOps.DurableTask;
using MlOps.Storage.Notifications;

namespace MlOps.Pipelines.Notifications;

/// <summary>Sends messages to people: written down, then delivered by an orchestration of their own, so that nobody waits for a slow target.</summary>
public sealed class Notifier
{
    private static readonly OutboxChannel s_outbox = new() { Name = "outbox" };

    private readonly NotificationStore _notifications;
    private readonly DurableTaskClient _client;
    private readonly IOptions<NotificationOptions> _options;
    private readonly TimeProvider _time;

    internal Notifier(NotificationStore notifications, DurableTaskClient client, IOptions<NotificationOptions> options, TimeProvider time) =>
        (_notifications, _client, _options, _time) = (notifications, client, options, time);

    /// <summary>The activity that talks to targets, for the host to bound how many run at once.</summary>
    public static string DeliveryActivity => nameof(DeliverNotification);

    /// <summary>Sends a message through the channels of the pipeline and of the host that take it; sent twice, it is delivered once. Without any declared channel it goes to the outbox.</summary>
    /// <returns>The message with its deliveries as they stand.</returns>
    public async Task<NotificationRecord> SendAsync(Notification message, NotifySpec channels, CancellationToken cancellationToken) =>
        await SendAsync(message, [.. DeclaredIn(channels).Where(c => c.Takes(message))], cancellationToken);

    /// <summary>Sends a message of no importance through every channel of a pipeline, whatever it takes otherwise.</summary>
    public async Task<NotificationRecord> SendTestAsync(PipelineSpec pipeline, string by, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var message = new Notification
        {
            Id = Notification.IdOf("test", pipeline.Name, $"{now:O}"),
            Event = "test.sent",
            Subject = $"pipelines/{pipeline.Name}",
            Pipeline = pipeline.Name,
            Severity = NotificationSeverity.Info,
            Title = "A test message",
            Text = $"{by} asked for it. Who reads this is told of requests for approval, alerts and releases of {pipeline.Name} on the same way.",
            Facts = [new("Pipeline", pipeline.Name), new("Asked for by", by)],
            Links = [new("Runs", $"/api/runs?pipeline={pipeline.Name}")],
            At = now,
        };
        return await SendAsync(message, DeclaredIn(pipeline.Notify), cancellationToken);
    }

    /// <summary>Has the failed deliveries of a message tried again, as often and as long as at first.</summary>
    /// <returns>The message; <see langword="null"/>: there is none of that id.</returns>
    public async Task<NotificationRecord?> RetryAsync(string id, string by, string reason, CancellationToken cancellationToken)
    {
        var record = await _notifications.RetryAsync(id, by, reason, cancellationToken);
        if (record is { IsPending: true }) await StartAsync(record, cancellationToken);
        return record;
    }

    /// <summary>Ids of the orchestrations that deliver, or delivered, a message.</summary>
    internal static IEnumerable<string> InstancesOf(NotificationRecord record) => Enumerable.Range(0, record.Retries + 1).Select(retry => InstanceOf(record.Message.Id, retry));

    private static string InstanceOf(string id, int retry) => retry is 0 ? $"notification:{id}" : $"notification:{id}:{retry}";

    /// <summary>Starts the deliveries that a crash kept from being started.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var record in (await _notifications.ListAsync(cancellationToken)).Where(r => r.IsPending)) await StartAsync(record, cancellationToken);
    }

    private ChannelSpec[] DeclaredIn(NotifySpec channels)
    {
        ChannelSpec[] all = [.. channels.Channels, .. _options.Value.Channels.Select(c => c.ToSpec())];
        return all.Length is 0 ? [s_outbox] : all;
    }

    private async Task<NotificationRecord> SendAsync(Notification message, IReadOnlyList<ChannelSpec> channels, CancellationToken cancellationToken)
    {
        var record = await _notifications.AddAsync(message, channels, cancellationToken);
        if (record.IsPending) await StartAsync(record, cancellationToken);
        return record;
    }

    private async Task StartAsync(NotificationRecord record, CancellationToken cancellationToken)
    {
        var plan = new DeliveryPlan(record.Message.Id, [.. record.Deliveries.Select(d => d.Channel.Name)], _options.Value.Attempts, _options.Value.FirstRetry);
        var start = new StartOrchestrationOptions { InstanceId = InstanceOf(record.Message.Id, record.Retries), IdReuse = InstanceIdReuse.IgnoreIfExists };
        await _client.ScheduleNewOrchestrationInstanceAsync(nameof(NotificationDelivery), plan, start, cancellationToken);
    }
}
