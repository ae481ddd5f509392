using MlOps.Core.Notifications;
using MlOps.Core.Specification;
using MlOps.Storage.Audit;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Notifications;

/// <summary>Messages to people, and every attempt to deliver them.</summary>
/// <remarks>Table <c>notifications</c>: one partition, row = id of the message.</remarks>
public sealed class NotificationStore(ITableStore tables, AuditLog audit)
{
    private const string Table = "notifications";
    private const string Partition = "notifications";

    /// <summary>Writes a message down with the channels that it goes through; the same id again changes nothing.</summary>
    /// <returns>What stands there afterwards.</returns>
    public Task<NotificationRecord> AddAsync(Notification message, IReadOnlyList<ChannelSpec> channels, CancellationToken cancellationToken) =>
        tables.CreateOrReadJsonAsync(
            Table,
            Partition,
            message.Id,
            new NotificationRecord { Message = message, Deliveries = [.. channels.Select(c => new Delivery(c, DeliveryStatus.Pending, []))] },
            cancellationToken);

    /// <summary>A message, or <see langword="null"/>.</summary>
    public Task<NotificationRecord?> TryGetAsync(string id, CancellationToken cancellationToken) =>
        tables.TryReadJsonAsync<NotificationRecord>(Table, Partition, id, cancellationToken);

    /// <summary>All messages, newest first.</summary>
    public async Task<IReadOnlyList<NotificationRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var all = await tables.ReadAllAsync<NotificationRecord>(Table, new TableQuery { Partition = Partition }, cancellationToken);
        return [.. all.OrderByDescending(n => n.Message.At).ThenBy(n => n.Message.Id, StringComparer.Ordinal)];
    }

    /// <summary>Notes an attempt; the first that was delivered ends the delivery.</summary>
    public Task RecordAttemptAsync(string id, string channel, DeliveryAttempt attempt, CancellationToken cancellationToken) =>
        ChangeAsync(id, channel, d => d with { Attempts = [.. d.Attempts, attempt], Status = attempt.Delivered ? DeliveryStatus.Delivered : d.Status }, cancellationToken);

    /// <summary>Gives a delivery up, with an entry in the audit log: somebody was not told.</summary>
    public async Task FailAsync(string id, string channel, CancellationToken cancellationToken)
    {
        var changed = await ChangeAsync(id, channel, d => d.Status is DeliveryStatus.Pending ? d with { Status = DeliveryStatus.Failed } : d, cancellationToken);
        // Also where it was given up before: a crash may have come between that and its entry.
        if (changed?.Deliveries.FirstOrDefault(d => d.Channel.Name == channel) is { Status: DeliveryStatus.Failed } failed)
            await audit.AppendAsync(
                new("mlops", "notification.failed", changed.Message.Subject, $"Message '{id}' could not be delivered through channel '{channel}'.") { Key = $"notifications/{id}/{channel}#{failed.Attempts.Count}" },
                cancellationToken);
    }

    private Task<NotificationRecord?> ChangeAsync(string id, string channel, Func<Delivery, Delivery> change, CancellationToken cancellationToken) =>
        tables.UpdateAsync<NotificationRecord>(
            Table,
            Partition,
            id,
            record => record with { Deliveries = [.. record.Deliveries.Select(d => d.Channel.Name == channel ? change(d) : d)] },
            cancellationToken);
}
