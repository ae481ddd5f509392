using System.Globalization;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest.Text;

/// <summary>Makes delimited text a table of texts.</summary>
internal sealed class CsvLander(LandingZone zone)
{
    private readonly HashSet<string> _declared = [.. zone.Spec.Columns.Select(c => c.Name)];

    /// <summary>Names of the columns.</summary>
    public IReadOnlyList<string> ColumnsOf(InspectedFile file) => Positional(file) ?? CsvHeader.Read(file.Path, zone.Spec.Files, _declared).Names;

    /// <summary>Lands a file.</summary>
    /// <exception cref="DatasetFileException">A declared column is missing or named twice; or the fields are not those that were declared.</exception>
    public LandedFile Land(InspectedFile file, CancellationToken cancellationToken)
    {
        var positional = Positional(file);
        var header = CsvHeader.Read(file.Path, zone.Spec.Files, positional ?? (IReadOnlyCollection<string>)_declared);
        var names = positional ?? header.Names;
        if (names.Count != header.Names.Count)
        {
            throw new DatasetFileException(file.Name,
                $"the first record has {header.Names.Count} fields, and {names.Count} columns are declared; without a header the two are the same.",
                "Declare a column for each field, or set data.files.header and data.files.delimiter as the file is.", header.SkippedLines + 1);
        }
        RefuseRepeats(file, header);
        var fromPath = zone.FromPath(file, names);

        // Columns that nobody declared may have empty or equal names; only their place counts.
        var columns = names.Select((name, i) => $"{Sql.Text(_declared.Contains(name) ? name : $"__undeclared_{i}")}: 'VARCHAR'");
        var dialect = header.Dialect;
        // Left alone, DuckDB's buffer is sixteen times the longest line. What it skips are empty lines; comments it passes by itself.
        var source = string.Create(CultureInfo.InvariantCulture, $$"""
            read_csv({{Sql.Text(file.Path)}}, auto_detect = false, compression = 'none', hive_partitioning = false, header = {{zone.Spec.Files.Header}}, skip = {{header.EmptyLines}},
                delim = {{Text(dialect.Delimiter)}}, quote = {{Text(dialect.Quote)}}, escape = {{Text(dialect.Escape)}}, comment = {{Text(dialect.Comment)}},
                columns = { {{string.Join(", ", columns)}} }, max_line_size = {{zone.Limits.MaxLineBytes}}, buffer_size = {{2L * zone.Limits.MaxLineBytes}},
                store_rejects = true, rejects_limit = {{zone.Limits.MaxUnreadableRows + 1}})
            """);
        var landed = zone.LandText(file, source, fromPath, "row_number() OVER ()", cancellationToken);
        var broken = ReadBroken(cancellationToken);
        var records = new CsvRecords(file.Path, header, zone.Spec.Files.Header);
        return landed with { BrokenRows = broken.Count, Locate = wanted => records.Locate(broken, wanted) };
    }

    private List<string>? Positional(InspectedFile file)
    {
        if (zone.Spec.Files.Header) return null;
        var path = PathColumns.Of(file.Name);
        return [.. zone.Spec.Columns.Select(c => c.Name).Where(name => !path.ContainsKey(name))];
    }

    private void RefuseRepeats(InspectedFile file, CsvHeader header)
    {
        if (!zone.Spec.Files.Header) return;
        var repeated = header.Names.Where(_declared.Contains).GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        if (repeated is null) return;
        throw new DatasetFileException(
            file.Name, $"the header names it {repeated.Count()} times.", "Give each column its own name.", header.SkippedLines + 1, repeated.Key);
    }

    // DuckDB keeps what its CSV reader refuses in two temporary tables; they hold this file's rows alone because they are emptied here.
    private List<BrokenRecord> ReadBroken(CancellationToken cancellationToken)
    {
        var rows = zone.Connection.Rows(
            """
            SELECT line_byte_position, coalesce(any_value(column_name), ''), any_value(csv_line), string_agg(DISTINCT error_message, ' ')
            FROM reject_errors GROUP BY line_byte_position ORDER BY line_byte_position
            """,
            cancellationToken);
        zone.Connection.Execute("DROP TABLE reject_errors", cancellationToken);
        zone.Connection.Execute("DROP TABLE reject_scans", cancellationToken);
        // DuckDB counts bytes from 1.
        return [.. rows.Select(r => new BrokenRecord(r.Long(0) - 1, r.Text(1), r.Text(2).Trim('\r', '\n'), r.Text(3)))];
    }

    private static string Text(char? character) => Sql.Text(character?.ToString() ?? "");
}
