using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.Data.Native;

namespace MlOps.Data.Validation;

/// <summary>Writes the rows that break a rule, each with its reasons and its place in the file it came from.</summary>
internal sealed class QuarantineWriter(DuckDbConnection connection, string source, DataSpec spec, IngestResult ingested)
{
    /// <summary>Writes them as parquet.</summary>
    public void Write(string path, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", spec.Columns.Select(c => Sql.Name(c.Name)));
        var reasons = string.Join(", ", RowRule.Of(spec).Select(r => $"CASE WHEN {r.Broken} THEN {Sql.Text(r.Text)} END"));
        connection.Execute(
            $"""
            COPY (
                WITH broken AS (
                    SELECT {columns}, list_filter([{reasons}], lambda reason: reason IS NOT NULL) AS __reasons,
                           {FileOf()} AS __file, file_row_number + 1 - {RowsBefore()} AS __readable, file_row_number AS __position
                    FROM {source} WHERE NOT ({RowRules.Predicate(spec)})
                )
                SELECT {columns}, __reasons, __file, __readable + {UnreadableBefore()} AS __row, __position FROM broken ORDER BY __position
            ) TO {Sql.Text(path)} (FORMAT parquet, COMPRESSION zstd)
            """,
            cancellationToken);
    }

    // The files lie one after the other in the canonical file.
    private string FileOf() => ByFile(file => Sql.Text(file.Name));

    private string RowsBefore() => ByFile((_, before) => before.ToString(CultureInfo.InvariantCulture));

    private string ByFile(Func<Core.Datasets.IngestedFile, string> value) => ByFile((file, _) => value(file));

    private string ByFile(Func<Core.Datasets.IngestedFile, long, string> value)
    {
        var cases = new List<string>();
        var before = 0L;
        foreach (var file in ingested.Files)
        {
            cases.Add($"WHEN file_row_number < {(before + file.Rows).ToString(CultureInfo.InvariantCulture)} THEN {value(file, before)}");
            before += file.Rows;
        }
        return $"CASE {string.Join(" ", cases)} END";
    }

    // A reject at row r with i rejects before it follows r - 1 - i readable rows.
    private string UnreadableBefore() => ingested.RejectsPath is not { } rejects || !File.Exists(rejects)
        ? "0"
        : $"""
          (SELECT count(*) FROM (
              SELECT "file", "row" - row_number() OVER (PARTITION BY "file" ORDER BY "row") AS readable_before FROM read_parquet({Sql.Text(Path.GetFullPath(rejects))})
          ) r WHERE r."file" = broken.__file AND r.readable_before < broken.__readable)
          """;
}
