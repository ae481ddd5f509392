using System.Globalization;
using MlOps.Core.Monitoring;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Monitoring;

/// <summary>What monitors found, as time series. A window that is computed again replaces what it had: its place follows from it alone.</summary>
/// <remarks>Table <c>monitorresults</c>: partition = endpoint and monitor, row = end of the window and its length, so that rows sort by time.</remarks>
public sealed class MonitorResultStore(ITableStore tables)
{
    private const string Table = "monitorresults";
    private const int PageSize = 200;

    /// <summary>Writes a result.</summary>
    public Task SaveAsync(MonitorResult result, CancellationToken cancellationToken) =>
        tables.WriteJsonAsync(Table, PartitionOf(result.Endpoint, result.Monitor), RowOf(result.Window), result, cancellationToken);

    /// <summary>The result of one window, or <see langword="null"/>.</summary>
    public Task<MonitorResult?> TryGetAsync(string endpoint, MonitorKind monitor, TimeWindow window, CancellationToken cancellationToken) =>
        tables.TryReadJsonAsync<MonitorResult>(Table, PartitionOf(endpoint, monitor), RowOf(window), cancellationToken);

    /// <summary>The newest results, in order of time.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="monitor">The monitor.</param>
    /// <param name="from">Only windows that end after this; <see langword="null"/>: any.</param>
    /// <param name="take">At most so many.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<MonitorResult>> ListAsync(
        string endpoint, MonitorKind monitor, DateTimeOffset? from, int take, CancellationToken cancellationToken)
    {
        var found = new List<MonitorResult>();
        var query = new TableQuery { Partition = PartitionOf(endpoint, monitor), RowFrom = from is { } end ? TimeOf(end) : null, Descending = true, Take = Math.Min(take, PageSize) };
        TablePage page;
        do
        {
            page = await tables.QueryAsync(Table, query, cancellationToken);
            foreach (var result in page.Rows.Select(r => r.ReadJson<MonitorResult>(Table)))
            {
                if (found.Count == take || result.Window.To <= from) return InOrder(found);
                found.Add(result);
            }
            query = query with { ContinuationToken = page.ContinuationToken };
        }
        while (page.ContinuationToken is not null);
        return InOrder(found);
    }

    private static List<MonitorResult> InOrder(List<MonitorResult> descending)
    {
        descending.Reverse();
        return descending;
    }

    private static string PartitionOf(string endpoint, MonitorKind monitor) => $"{endpoint}.{MonitorNames.NameOf(monitor)}";

    private static string RowOf(TimeWindow window) =>
        string.Create(CultureInfo.InvariantCulture, $"{TimeOf(window.To)}-{(long)window.Length.TotalSeconds:D10}");

    private static string TimeOf(DateTimeOffset end) => end.UtcDateTime.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
}
