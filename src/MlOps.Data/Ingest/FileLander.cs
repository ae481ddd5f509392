using MlOps.Core.Specification;
using MlOps.Core.Text;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>Makes files into relations: parquet as it lies, text as a table of texts, so that conversion is ours and never silent.</summary>
internal sealed class FileLander(DuckDbConnection connection, DataSpec spec, IngestLimits limits)
{
    private readonly HashSet<string> _declared = [.. spec.Columns.Select(c => c.Name)];
    private int _tables;

    /// <summary>Makes a file into a relation.</summary>
    /// <exception cref="DatasetFileException">A declared column is missing or of a type that does not convert, or there are no rows.</exception>
    public LandedFile Land(InspectedFile file, CancellationToken cancellationToken)
    {
        try
        {
            var landed = file.Format switch
            {
                FileFormat.Parquet => LandParquet(file, cancellationToken),
                FileFormat.Csv => LandCsv(file, cancellationToken),
                _ => LandJson(file, cancellationToken),
            };
            return landed.Rows + landed.Broken.Count > 0
                ? landed
                : throw new DatasetFileException(file.Name, "the file has no rows.", "Drop a file with data.");
        }
        catch (DuckDbException e) when (!e.DiskFull && !e.OutOfMemory)
        {
            throw Unreadable(file, e);
        }
    }

    private LandedFile LandParquet(InspectedFile file, CancellationToken cancellationToken)
    {
        var source = $"read_parquet({Sql.Text(file.Path)})";
        var types = Describe(source, cancellationToken);
        RequireColumns(file, [.. types.Keys]);
        var rows = connection.Rows($"SELECT num_rows FROM parquet_file_metadata({Sql.Text(file.Path)})", cancellationToken)[0].Long(0);
        var casts = spec.Columns.Select(column => ColumnCast.From(column, types[column.Name]) ?? throw new DatasetFileException(
            file.Name,
            $"the file holds {types[column.Name]}, which does not convert to {column.Type.ToString().ToLowerInvariant()}.",
            "Declare another type for the column, or convert it where the file is written.", column: column.Name));
        return new(file, $"read_parquet({Sql.Text(file.Path)}, file_row_number = true)", "(file_row_number + 1)", rows, [.. casts]);
    }

    private LandedFile LandCsv(InspectedFile file, CancellationToken cancellationToken)
    {
        var header = CsvHeader.Read(file.Path, _declared);
        var repeated = header.Names.Where(_declared.Contains).GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        if (repeated is not null)
            throw new DatasetFileException(file.Name, $"the header names it {repeated.Count()} times.", "Give each column its own name.", header.BlankLines + 1, repeated.Key);
        RequireColumns(file, header.Names);

        // Columns that nobody declared may have empty or equal names; only their place counts.
        var columns = header.Names.Select((name, i) => $"{Sql.Text(_declared.Contains(name) ? name : $"__undeclared_{i}")}: 'VARCHAR'");
        // Left alone, DuckDB's buffer is sixteen times the longest line.
        var source = $$"""
            read_csv({{Sql.Text(file.Path)}}, auto_detect = false, compression = 'none', header = true, skip = {{header.BlankLines}},
                delim = {{Sql.Text(header.Delimiter.ToString())}}, quote = '"', escape = '"', columns = { {{string.Join(", ", columns)}} },
                max_line_size = {{limits.MaxLineBytes}}, buffer_size = {{2L * limits.MaxLineBytes}}, store_rejects = true, rejects_limit = 0)
            """;
        return LandText(file, source, cancellationToken) with { Broken = ReadBroken(cancellationToken), SkippedLines = header.BlankLines };
    }

    private LandedFile LandJson(InspectedFile file, CancellationToken cancellationToken)
    {
        var options = $"format = '{(file.Format is FileFormat.Json ? "array" : "newline_delimited")}', maximum_object_size = {limits.MaxLineBytes}, compression = 'uncompressed'";
        RequireColumns(file, [.. Describe($"read_json({Sql.Text(file.Path)}, {options})", cancellationToken).Keys]);
        var columns = spec.Columns.Select(c => $"{Sql.Text(c.Name)}: 'VARCHAR'");
        return LandText(file, $$"""read_json({{Sql.Text(file.Path)}}, {{options}}, columns = { {{string.Join(", ", columns)}} })""", cancellationToken);
    }

    private LandedFile LandText(InspectedFile file, string source, CancellationToken cancellationToken)
    {
        var table = $"landed_{_tables++}";
        var names = string.Join(", ", spec.Columns.Select(c => Sql.Name(c.Name)));
        connection.Execute($"CREATE TEMP TABLE {table} AS SELECT row_number() OVER () AS __row, {names} FROM {source}", cancellationToken);
        var rows = connection.Rows($"SELECT count(*) FROM {table}", cancellationToken)[0].Long(0);
        return new(file, table, "__row", rows, [.. spec.Columns.Select(c => ColumnCast.From(c, "VARCHAR")!)]);
    }

    // DuckDB keeps what its CSV reader refuses in two temporary tables; they hold this file's rows alone because they are emptied here.
    private List<BrokenRecord> ReadBroken(CancellationToken cancellationToken)
    {
        var rows = connection.Rows(
            """
            SELECT line_byte_position, coalesce(any_value(column_name), ''), any_value(csv_line), string_agg(DISTINCT error_message, ' ')
            FROM reject_errors GROUP BY line_byte_position ORDER BY line_byte_position
            """,
            cancellationToken);
        connection.Execute("DROP TABLE reject_errors", cancellationToken);
        connection.Execute("DROP TABLE reject_scans", cancellationToken);
        // DuckDB counts bytes from 1.
        return [.. rows.Select(r => new BrokenRecord(r.Long(0) - 1, r.Text(1), r.Text(2).Trim('\r', '\n'), r.Text(3)))];
    }

    private Dictionary<string, string> Describe(string source, CancellationToken cancellationToken) =>
        connection.Rows($"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {source})", cancellationToken)
            .ToDictionary(row => row.Text(0), row => row.Text(1), StringComparer.Ordinal);

    private void RequireColumns(InspectedFile file, IReadOnlyCollection<string> present)
    {
        var missing = spec.Columns.FirstOrDefault(c => !present.Contains(c.Name, StringComparer.Ordinal));
        if (missing is null) return;
        throw new DatasetFileException(
            file.Name,
            $"the file has no such column; it has {string.Join(", ", present.Take(20).Select(n => $"'{n}'"))}{(present.Count > 20 ? ", …" : "")}.",
            NearestName.Find(missing.Name, present) is { } nearest
                ? $"Did you mean '{nearest}'? Names are matched exactly."
                : "Declared columns must be in every file, under exactly their names.",
            column: missing.Name);
    }

    private static DatasetFileException Unreadable(InspectedFile file, DuckDbException e) => file.Format switch
    {
        FileFormat.Json or FileFormat.JsonLines => JsonFault.Locate(file, e),
        FileFormat.Parquet => new(file.Name, $"the parquet file cannot be read ({e.Summary}).", "Write it again; its data or its footer is damaged.", inner: e),
        _ => new(file.Name, $"the file cannot be read ({e.Summary}).", "Correct it and drop it again.", inner: e),
    };
}
