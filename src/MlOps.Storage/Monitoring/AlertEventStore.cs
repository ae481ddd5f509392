using MlOps.Core.Monitoring;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Monitoring;

/// <summary>Alerts that have opened, kept until everyone who acts on them was told.</summary>
/// <remarks>Table <c>alertevents</c>: one partition, row = id of the alert. A row stays when it was told, so that no second one is made of the same alert.</remarks>
public sealed class AlertEventStore(ITableStore tables, TimeProvider time)
{
    private const string Table = "alertevents";
    private const string Partition = "opened";

    /// <summary>Adds an event; adding it again changes nothing.</summary>
    /// <returns>Whether it was new.</returns>
    public Task<bool> AddAsync(AlertOpened opened, CancellationToken cancellationToken) =>
        tables.TryInsertAsync(Table, Partition, opened.AlertId, new Entry(opened, null), cancellationToken);

    /// <summary>The events that were not told to all yet, in order of their ids.</summary>
    public async Task<IReadOnlyList<AlertOpened>> ListOpenAsync(CancellationToken cancellationToken)
    {
        var all = await tables.ReadAllAsync<Entry>(Table, new TableQuery { Partition = Partition }, cancellationToken);
        return [.. all.Where(e => e.ToldAt is null).Select(e => e.Opened)];
    }

    /// <summary>Notes that everyone was told.</summary>
    public Task CloseAsync(string alertId, CancellationToken cancellationToken) =>
        tables.UpdateAsync<Entry>(Table, Partition, alertId, e => e.ToldAt is null ? e with { ToldAt = time.GetUtcNow() } : e, cancellationToken);

    private sealed record Entry(AlertOpened Opened, DateTimeOffset? ToldAt);
}
