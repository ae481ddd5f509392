using System.Globalization;
using MlOps.Core.Monitoring;
using MlOps.Storage.Audit;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Monitoring;

/// <summary>The alerts of endpoints and who has taken them up. What people do is audited.</summary>
/// <remarks>Table <c>alerts</c>: partition = endpoint, row = id, which sorts by monitor and time.</remarks>
public sealed class AlertStore(ITableStore tables, AuditLog audit, TimeProvider time)
{
    private const string Table = "alerts";

    /// <summary>The id of an alert: the same window opens the same alert, however often it is looked at.</summary>
    public static string IdOf(string endpoint, MonitorKind monitor, DateTimeOffset openedAt) =>
        string.Create(CultureInfo.InvariantCulture, $"{PrefixOf(endpoint, monitor)}{openedAt.UtcDateTime:yyyyMMdd'T'HHmmss}");

    /// <summary>The newest alert of a monitor, open or closed; <see langword="null"/>: it never had one.</summary>
    public async Task<AlertRecord?> TryGetLastAsync(string endpoint, MonitorKind monitor, CancellationToken cancellationToken)
    {
        var query = new TableQuery { Partition = endpoint, RowPrefix = PrefixOf(endpoint, monitor), Descending = true, Take = 1 };
        var page = await tables.QueryAsync(Table, query, cancellationToken);
        return page.Rows is [var row] ? row.ReadJson<AlertRecord>(Table) : null;
    }

    /// <summary>An alert, or <see langword="null"/>.</summary>
    public Task<AlertRecord?> TryGetAsync(string id, CancellationToken cancellationToken) =>
        id.IndexOf('.', StringComparison.Ordinal) is > 0 and var end
            ? tables.TryReadJsonAsync<AlertRecord>(Table, id[..end], id, cancellationToken)
            : Task.FromResult<AlertRecord?>(null);

    /// <summary>Alerts, the newest first.</summary>
    /// <param name="endpoint">Only this endpoint's; <see langword="null"/>: all.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<AlertRecord>> ListAsync(string? endpoint, CancellationToken cancellationToken)
    {
        var all = await tables.ReadAllAsync<AlertRecord>(Table, new TableQuery { Partition = endpoint }, cancellationToken);
        return [.. all.OrderByDescending(a => a.OpenedAt).ThenBy(a => a.Id, StringComparer.Ordinal)];
    }

    /// <summary>Opens an alert; opening it again changes nothing.</summary>
    /// <returns>The alert that stands.</returns>
    public async Task<AlertRecord> OpenAsync(AlertRecord alert, CancellationToken cancellationToken)
    {
        var opened = await tables.CreateOrReadJsonAsync(Table, alert.Endpoint, alert.Id, alert, cancellationToken);
        // Also of one that was there: a crash may have come between the alert and its entry.
        await audit.AppendAsync(
            new("mlops", "alert.opened", SubjectOf(opened), opened.Detail, null, opened.Severity.ToString()) { Key = $"{SubjectOf(opened)}#opened" }, cancellationToken);
        return opened;
    }

    /// <summary>Carries what a later window found into an open alert; a window that was looked at before changes nothing.</summary>
    public async Task<AlertRecord?> FollowAsync(
        string id, DateTimeOffset window, Func<AlertRecord, AlertRecord> change, CancellationToken cancellationToken)
    {
        var alert = await UpdateAsync(id, Change, cancellationToken);
        if (alert is { IsOpen: false })
            await audit.AppendAsync(new("mlops", "alert.closed", SubjectOf(alert), "All is well again.", "open", "closed") { Key = $"{SubjectOf(alert)}#closed" }, cancellationToken);
        return alert;

        AlertRecord Change(AlertRecord current) =>
            !current.IsOpen || window < current.LastWindow ? current : change(current) with { LastWindow = window };
    }

    /// <summary>A person takes an alert up; the first one stands.</summary>
    /// <returns>The alert; <see langword="null"/> when there is none of that id.</returns>
    public async Task<AlertRecord?> AcknowledgeAsync(string id, string by, string reason, CancellationToken cancellationToken)
    {
        var note = new AlertNote(by, time.GetUtcNow(), reason);
        var alert = await UpdateAsync(id, a => a.Acknowledged is null ? a with { Acknowledged = note } : a, cancellationToken);
        if (alert is { Acknowledged: { } taken })
            await audit.AppendAsync(new(taken.By, "alert.acknowledged", SubjectOf(alert), taken.Reason) { Key = $"{SubjectOf(alert)}#acknowledged" }, cancellationToken);
        return alert;
    }

    private static string SubjectOf(AlertRecord alert) => $"endpoints/{alert.Endpoint}/alerts/{alert.Id}";

    private static string PrefixOf(string endpoint, MonitorKind monitor) => $"{endpoint}.{MonitorNames.NameOf(monitor)}.";

    private async Task<AlertRecord?> UpdateAsync(string id, Func<AlertRecord, AlertRecord> change, CancellationToken cancellationToken) =>
        await TryGetAsync(id, cancellationToken) is { } known
            ? await tables.UpdateAsync(Table, known.Endpoint, id, change, cancellationToken)
            : null;
}
