using System.Globalization;
using System.Text.Json;
using MlOps.Core.Datasets;
using MlOps.Core.Json;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Pipelines.Datasets;

/// <summary>A few of the rows that validation set apart, for the report.</summary>
internal static class QuarantineSamples
{
    private const int PerReason = 5;
    private const int Most = 100;
    private const int LongestValue = 200;

    /// <summary>Reads them from the quarantine file, in the order of the data.</summary>
    public static IReadOnlyList<QuarantinedRow> Read(string path, DataSpec spec, CancellationToken cancellationToken)
    {
        var columns = spec.Columns.Select(c => string.Create(CultureInfo.InvariantCulture, $"left(CAST({Sql.Name(c.Name)} AS VARCHAR), {LongestValue})"));
        using var connection = DuckDbConnection.Open();
        var rows = connection.Rows(
            string.Create(CultureInfo.InvariantCulture,
                $"""
                SELECT __file, __row, CAST(to_json(__reasons) AS VARCHAR), {string.Join(", ", columns)}
                FROM (SELECT *, row_number() OVER (PARTITION BY __reasons ORDER BY __position) AS __nth FROM read_parquet({Sql.Text(Path.GetFullPath(path))}))
                WHERE __nth <= {PerReason} ORDER BY __position LIMIT {Most}
                """),
            cancellationToken);
        return [.. rows.Select(r => new QuarantinedRow(r.Text(0), r.Long(1), JsonSerializer.Deserialize<List<string>>(r.Text(2), MlOpsJson.Compact)!, ValuesOf(r, spec)))];
    }

    private static Dictionary<string, string?> ValuesOf(DuckDbRow row, DataSpec spec) =>
        spec.Columns.Select((c, i) => (c.Name, Value: (string?)row[3 + i])).ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);
}
