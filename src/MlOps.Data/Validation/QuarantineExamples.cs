using System.Globalization;
using MlOps.Data.Native;

namespace MlOps.Data.Validation;

/// <summary>One offending row for each broken rule, in words.</summary>
internal static class QuarantineExamples
{
    // A condition over several columns has no one value.
    private static string ValueOf(RowRule rule) => rule.Column is { } column ? $"': ' || coalesce(CAST({Sql.Name(column.Name)} AS VARCHAR), 'NULL')" : "''";

    /// <summary>Reads them from the quarantine file.</summary>
    public static IReadOnlyDictionary<string, string> Read(
        DuckDbConnection connection, string path, DatasetScan scan, CancellationToken cancellationToken)
    {
        var examples = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (rule, _, first) in scan.Rules.Where(r => r.Count > 0))
        {
            var row = connection.Rows(
                $"""
                SELECT __file, __row, {ValueOf(rule)}
                FROM read_parquet({Sql.Text(path)}) WHERE __position = {first.ToString(CultureInfo.InvariantCulture)}
                """,
                cancellationToken)[0];
            examples[rule.Text] = $"first at {row.Text(0)}, row {row.Long(1)}{row.Text(2)}";
        }
        return examples;
    }
}
