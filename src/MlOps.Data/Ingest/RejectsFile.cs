using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>Collects the rows that could not be read, with their places and reasons.</summary>
internal sealed class RejectsFile(DuckDbConnection connection, IReadOnlyList<ColumnSpec> columns, IngestLimits limits)
{
    private const int KeptCharacters = 1000;

    private readonly InputTextColumn _file = new("file");
    private readonly InputColumn<long> _row = new("row", DuckDbType.BigInt);
    private readonly InputColumn<long> _line = new("line", DuckDbType.BigInt);
    private readonly InputTextColumn _column = new("column");
    private readonly InputTextColumn _value = new("value");
    private readonly InputTextColumn _reason = new("reason");

    /// <summary>Rows collected.</summary>
    public int Count { get; private set; }

    /// <summary>Collects the unreadable rows of a file.</summary>
    /// <returns>How many there are, and the first of each file as an error.</returns>
    /// <exception cref="DatasetFileException">There are more than may be.</exception>
    public (int Count, IReadOnlyList<DatasetFileException> Firsts) Collect(LandedFile landed, CancellationToken cancellationToken)
    {
        var unconverted = Unconverted(landed, cancellationToken);
        if (landed.BrokenRows + unconverted.Count == 0) return (0, []);
        if (landed.BrokenRows + unconverted.Count > limits.MaxUnreadableRows)
        {
            throw new DatasetFileException(landed.File.Name, $"more than {limits.MaxUnreadableRows:N0} of its rows cannot be read.",
                "Compare the declared types, the delimiter and the encoding with the file.");
        }

        var places = landed.Locate([.. unconverted.Select(u => u.Row)]);
        var entries = places.Broken.Concat(unconverted.Zip(places.Wanted, Unconvertible)).OrderBy(e => e.Place.Row).ToList();
        foreach (var entry in entries) Add(landed.File.Name, entry);
        Count += entries.Count;
        return (entries.Count, [.. entries.DistinctBy(e => e.Place.File, StringComparer.Ordinal).Select(e => new DatasetFileException(
            e.Place.File ?? landed.File.Name, e.Reason, "Correct the file, or let data.invalidRows quarantine such rows.",
            e.Place.Line, e.Column.Length > 0 ? e.Column : null, e.Text))]);
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
        return [.. connection.Rows(string.Create(CultureInfo.InvariantCulture, $"""
            SELECT {landed.RowNumber}, CASE {index} END, left(CASE {value} END, {KeptCharacters})
            FROM {landed.Relation} WHERE NOT ({landed.Accepts}) ORDER BY 1 LIMIT {limits.MaxUnreadableRows + 1}
            """), cancellationToken).Select(r => (r.Long(0), columns[(int)r.Long(1)], r.Text(2)))];
    }

    private static BrokenRow Unconvertible((long Row, ColumnSpec Column, string Value) row, RowPlace place) =>
        new(place, row.Column.Name, row.Value, $"not {ColumnCast.Expectation(row.Column.Type)}.");

    private void Add(string file, BrokenRow row)
    {
        _file.Add(row.Place.File ?? file);
        _row.Add(row.Place.Row);
        if (row.Place.Line is { } line) _line.Add(line);
        else _line.AddMissing();
        _column.Add(row.Column);
        _value.Add(row.Text.Length > KeptCharacters ? row.Text[..KeptCharacters] : row.Text);
        _reason.Add(row.Reason);
    }
}
