using System.Globalization;
using System.Text.Json;
using MlOps.Core.Datasets;
using MlOps.Core.Json;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Pipelines.Datasets;

/// <summary>Some of the rows that were set apart, for people to look at.</summary>
internal static class QuarantineSamples
{
    private const int PerReason = 5;
    private const int Most = 100;
    private const int LongestValue = 200;

    /// <summary>Reads a few for each reason from the quarantine file, in the order of the data.</summary>
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
        return [.. rows.Select(r => RowOf(r, [.. spec.Columns.Select(c => c.Name)]))];
    }

    /// <summary>Reads the first rows of the quarantine file, in the order of the data, and how many there are.</summary>
    public static (long Count, IReadOnlyList<QuarantinedRow> Rows) ReadFirst(string path, int take, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        var source = $"read_parquet({Sql.Text(Path.GetFullPath(path))})";
        // The columns of then, whatever the pipeline declares now.
        var columns = connection.Rows($"SELECT column_name FROM (DESCRIBE FROM {source})", cancellationToken).Select(r => r.Text(0)).Where(c => !c.StartsWith("__", StringComparison.Ordinal)).ToList();
        var values = columns.ConvertAll(c => string.Create(CultureInfo.InvariantCulture, $"left(CAST({Sql.Name(c)} AS VARCHAR), {LongestValue})"));
        var rows = connection.Rows(
            string.Create(CultureInfo.InvariantCulture, $"SELECT __file, __row, CAST(to_json(__reasons) AS VARCHAR), {string.Join(", ", values)} FROM {source} ORDER BY __position LIMIT {take}"), cancellationToken);
        return (connection.Rows($"SELECT count(*) FROM {source}", cancellationToken)[0].Long(0), [.. rows.Select(r => RowOf(r, columns))]);
    }

    /// <summary>Reads the first rows that could not be read, and how many there are.</summary>
    public static (long Count, IReadOnlyList<UnreadableRow> Rows) ReadUnreadable(string path, int take, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        var source = $"read_parquet({Sql.Text(Path.GetFullPath(path))})";
        var rows = connection.Rows(
            string.Create(CultureInfo.InvariantCulture, $"SELECT \"file\", \"row\", line, \"column\", value, reason FROM {source} ORDER BY \"file\", \"row\" LIMIT {take}"), cancellationToken);
        return (connection.Rows($"SELECT count(*) FROM {source}", cancellationToken)[0].Long(0),
            [.. rows.Select(r => new UnreadableRow(r.Text(0), r.Long(1), (long?)r[2], r.Text(3), (string?)r[4] ?? "", r.Text(5)))]);
    }

    private static QuarantinedRow RowOf(DuckDbRow row, IReadOnlyList<string> columns) => new(
        row.Text(0), row.Long(1), JsonSerializer.Deserialize<List<string>>(row.Text(2), MlOpsJson.Compact)!,
        columns.Select((c, i) => (c, Value: (string?)row[3 + i])).ToDictionary(v => v.c, v => v.Value, StringComparer.Ordinal));
}
