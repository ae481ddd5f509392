using System.Security.Cryptography;
using MlOps.Core.Endpoints;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Endpoints;

/// <summary>What applications report of an endpoint's versions.</summary>
/// <remarks>Table <c>reportedmetrics</c>: partition = endpoint, row = time and a random end, so that rows sort by time.</remarks>
public sealed class ReportedMetricStore(ITableStore tables)
{
    private const string Table = "reportedmetrics";

    /// <summary>Keeps a report.</summary>
    public Task AddAsync(string endpoint, ReportedMetric report, CancellationToken cancellationToken) =>
        tables.WriteJsonAsync(Table, endpoint, $"{report.At.UtcTicks:D19}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}", report, cancellationToken);

    /// <summary>The reports since a moment, newest first.</summary>
    public async Task<IReadOnlyList<ReportedMetric>> ListAsync(string endpoint, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var found = new List<ReportedMetric>();
        var query = new TableQuery { Partition = endpoint, RowFrom = $"{since.UtcTicks:D19}", Descending = true };
        while (true)
        {
            var page = await tables.QueryAsync(Table, query, cancellationToken);
            foreach (var row in page.Rows)
            {
                found.Add(row.ReadJson<ReportedMetric>(Table));
            }

            if (page.ContinuationToken is null) return found;
            query = query with { ContinuationToken = page.ContinuationToken };
        }
    }
}
