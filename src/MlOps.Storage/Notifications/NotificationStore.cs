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

    /// <summary>Has failed deliveries tried again; audited.</summary>
    /// <returns>The message; <see langword="null"/>: there is none of that id. One that has not failed is left as it is.</returns>
    public async Task<NotificationRecord?> RetryAsync(string id, string by, string reason, CancellationToken cancellationToken)
    {
        if (await TryGetAsync(id, cancellationToken) is not { HasFailed: true } known) return await TryGetAsync(id, cancellationToken);
        var failed = string.Join(", ", known.Deliveries.Where(d => d.Status is DeliveryStatus.Failed).Select(d => d.Channel.Name));
        await audit.AppendAsync(
            new(by, "notification.retried", known.Message.Subject, $"Message '{id}' through {failed}. {reason}".TrimEnd()) { Key = $"notifications/{id}#retry{known.Retries + 1}" }, cancellationToken);
        return await tables.UpdateAsync<NotificationRecord>(Table, Partition, id, Again, cancellationToken);

        static NotificationRecord Again(NotificationRecord record) => !record.HasFailed ? record : record with
        {
            Retries = record.Retries + 1,
            Deliveries = [.. record.Deliveries.Select(d => d.Status is DeliveryStatus.Failed ? d with { Status = DeliveryStatus.Pending } : d)],
        };
    }

    /// <summary>Forgets a message.</summary>
    public Task DeleteAsync(string id, CancellationToken cancellationToken) => tables.DeleteAsync(Table, Partition, id, cancellationToken);

    private Task<NotificationRecord?> ChangeAsync(string id, string channel, Func<Delivery, Delivery> change, CancellationToken cancellationToken) =>
        tables.UpdateAsync<NotificationRecord>(
            Table,
            Partition,
            id,
            record => record with { Deliveries = [.. record.Deliveries.Select(d => d.Channel.Name == channel ? change(d) : d)] },
            cancellationToken);
}
