using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>Collects the rows that could not be read, with their places and reasons.</summary>
internal sealed class RejectsFile(DuckDbConnection connection, IReadOnlyList<ColumnSpec> columns)
{
    private readonly InputTextColumn _file = new("file");
    private readonly InputColumn<long> _row = new("row", DuckDbType.BigInt);
    private readonly InputColumn<long> _line = new("line", DuckDbType.BigInt);
    private readonly InputTextColumn _column = new("column");
    private readonly InputTextColumn _value = new("value");
    private readonly InputTextColumn _reason = new("reason");

    /// <summary>Rows collected.</summary>
    public int Count { get; private set; }

    /// <summary>Collects the unreadable rows of a file.</summary>
    /// <returns>How many there are, and the first of them as an error.</returns>
    public (int Count, DatasetFileException? First) Collect(LandedFile landed, CancellationToken cancellationToken)
    {
        var entries = Place(landed, Unconverted(landed, cancellationToken)).OrderBy(e => e.Row).ToList();
        if (entries.Count == 0) return (0, null);
        foreach (var entry in entries) Add(landed.File.Name, entry);
        Count += entries.Count;
        var first = entries[0];
        return (entries.Count, new DatasetFileException(
            landed.File.Name, first.Reason, "Correct the file, or let data.invalidRows quarantine such rows.",
            first.Line, first.Column.Length > 0 ? first.Column : null, first.Value));
    }

    /// <summary>Writes what was collected.</summary>
    public void Save(string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<InputColumn> entries = [_file, _row, _line, _column, _value, _reason];
        RowSource.Register(connection, "rejected_rows", entries).Parts = [new(entries, Count)];
        connection.Execute($"COPY (FROM rejected_rows()) TO {Sql.Text(path)} (FORMAT parquet, COMPRESSION zstd)", cancellationToken);
    }

    // Of each such row: its number in the relation, the first column that does not convert, and the value.
    private List<(long Row, ColumnSpec Column, string Value)> Unconverted(LandedFile landed, CancellationToken cancellationToken)
    {
        if (landed.Accepts is null) return [];
        var checks = columns.Select((column, i) => (Column: column, landed.Casts[i].Accepts, Index: i)).Where(c => c.Accepts is not null).ToList();
        var index = string.Join(" ", checks.Select(c => string.Create(CultureInfo.InvariantCulture, $"WHEN NOT ({c.Accepts}) THEN {c.Index}")));
        var value = string.Join(" ", checks.Select(c => $"WHEN NOT ({c.Accepts}) THEN CAST({Sql.Name(c.Column.Name)} AS VARCHAR)"));
        return [.. connection.Rows(
            $"SELECT {landed.RowNumber}, CASE {index} END, CASE {value} END FROM {landed.Relation} WHERE NOT ({landed.Accepts}) ORDER BY 1",
            cancellationToken).Select(r => (r.Long(0), columns[(int)r.Long(1)], r.Text(2)))];
    }

    private static IEnumerable<Entry> Place(LandedFile landed, List<(long Row, ColumnSpec Column, string Value)> unconverted)
    {
        if (landed.Broken.Count + unconverted.Count == 0) return [];
        if (landed.File.Format is not FileFormat.Csv) return unconverted.Select(u => Unconvertible(u, new(u.Row, Line: 0)));

        var (broken, wanted) = CsvRecords.Locate(landed.File.Path, landed.SkippedLines, landed.Broken, [.. unconverted.Select(u => u.Row)]);
        return landed.Broken.Zip(broken, (b, place) => new Entry(place.Row, place.Line, b.Column, b.Text, b.Reason))
            .Concat(unconverted.Zip(wanted, Unconvertible));
    }

    private static Entry Unconvertible((long Row, ColumnSpec Column, string Value) row, CsvRecords.Place place) =>
        new(place.Row, place.Line > 0 ? place.Line : null, row.Column.Name, row.Value, $"not {ColumnCast.Expectation(row.Column.Type)}.");

    private void Add(string file, Entry entry)
    {
        _file.Add(file);
        _row.Add(entry.Row);
        if (entry.Line is { } line) _line.Add(line);
        else _line.AddMissing();
        _column.Add(entry.Column);
        _value.Add(entry.Value);
        _reason.Add(entry.Reason);
    }

    private sealed record Entry(long Row, long? Line, string Column, string Value, string Reason);
}
