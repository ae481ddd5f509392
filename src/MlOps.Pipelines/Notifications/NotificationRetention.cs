using Microsoft.Extensions.Options;
using MlOps.Core.Notifications;
using MlOps.DurableTask;
using MlOps.Storage.Audit;
using MlOps.Storage.Notifications;

namespace MlOps.Pipelines.Notifications;

/// <summary>Forgets messages that are old enough, with the histories of their deliveries. What is still to be delivered stays.</summary>
internal sealed class NotificationRetention(NotificationStore notifications, DurableTaskClient client, AuditLog audit, IOptions<NotificationOptions> options, TimeProvider time)
{
    private readonly HourlyTurn _turn = new(time);

    /// <summary>Forgets, once an hour at most: every message asks for it.</summary>
    /// <param name="occasion">Names the step that asks; it may run twice.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task PruneAsync(string occasion, CancellationToken cancellationToken)
    {
        if (!_turn.TryTake(out var now)) return;

        var (delivered, failed) = (now - options.Value.KeepDelivered, now - options.Value.KeepFailed);
        var old = (await notifications.ListAsync(cancellationToken)).Where(r => !r.IsPending && EndOf(r) < (r.HasFailed ? failed : delivered)).ToList();
        if (old.Count is 0) return;
        var lost = old.Count(r => r.HasFailed);
        await audit.AppendAsync(
            new("mlops", "notifications.pruned", "notifications", $"{old.Count - lost} messages delivered before {delivered:yyyy-MM-dd}, {lost} failed before {failed:yyyy-MM-dd}.") { Key = $"notifications/pruned/{occasion}" },
            cancellationToken);
        foreach (var record in old)
        {
            // The same message, sent again after that, is delivered again: its orchestration must not be known any more.
            foreach (var instance in Notifier.InstancesOf(record)) await client.PurgeInstanceAsync(instance, recursive: false, cancellationToken);
            await notifications.DeleteAsync(record.Message.Id, cancellationToken);
        }
    }

    private static DateTimeOffset EndOf(NotificationRecord record) => record.Deliveries.SelectMany(d => d.Attempts).Select(a => a.At).Append(record.Message.At).Max();
}

/// <summary>Forgets messages that are old enough. Safe to run again.</summary>
internal sealed class PruneNotifications(NotificationRetention retention) : TaskActivity<string, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, string input)
    {
        await retention.PruneAsync(input, context.CancellationToken);
        return true;
    }
}
