using MlOps.Data.Ingest;
using MlOps.Data.Native;

namespace MlOps.Data.Scoring;

/// <summary>Collects the rows of a file that are not scored.</summary>
internal sealed class RefusedRows
{
    public const int KeptCharacters = 1000;

    private readonly DuckDbConnection _connection;
    private readonly LandedFile _landed;
    private readonly IngestLimits _limits;
    private readonly List<RefusedValue> _values = [];
    private long _rows;

    public RefusedRows(DuckDbConnection connection, LandedFile landed, IngestLimits limits)
    {
        (_connection, _landed, _limits) = (connection, landed, limits);
        CheckLimit();
        Broken = landed.BrokenRows is 0 ? [] : landed.Locate([]).Broken;
    }

    /// <summary>Records that are no rows: too few fields, a line that is no JSON.</summary>
    public IReadOnlyList<BrokenRow> Broken { get; }

    /// <summary>How many rows are refused.</summary>
    public long Rows => _landed.BrokenRows + _rows;

    /// <summary>Adds refused values, those of a row behind one another.</summary>
    /// <exception cref="DatasetFileException">There are more rows than may be.</exception>
    public void Add(IReadOnlyList<RefusedValue> values)
    {
        _values.AddRange(values);
        _rows += values.Select(v => v.Place).Distinct().Count();
        CheckLimit();
    }

    /// <summary>Writes what was collected, a line for each refused value: row_number, line, column, value, reason.</summary>
    public void Save(string path, CancellationToken cancellationToken)
    {
        var places = _values.Select(v => v.Place).Distinct().ToList();
        var located = _landed.Locate(places);
        var placeOf = places.Zip(located.Wanted).ToDictionary(p => p.First, p => p.Second);
        var lines = new RefusedLines();
        foreach (var entry in Broken.Select(b => (b.Place, Column: (string?)b.Column, Value: (string?)b.Text, b.Reason))
            .Concat(_values.Select(v => (Place: placeOf[v.Place], Column: (string?)v.Field, v.Value, v.Reason))).OrderBy(e => e.Place.Row))
            lines.Add(entry.Place.Row, entry.Place.Line, entry.Column, entry.Value, entry.Reason);
        lines.Save(_connection, path, cancellationToken);
    }

    private void CheckLimit()
    {
        if (Rows > _limits.MaxUnreadableRows)
        {
            throw new DatasetFileException(_landed.File.Name, $"more than {_limits.MaxUnreadableRows:N0} of its rows cannot be scored.",
                "Compare the file with what the model takes: 'mlops models show' tells its columns.");
        }
    }
}

/// <summary>Lines of a file of refused rows.</summary>
internal sealed class RefusedLines
{
    private readonly InputColumn<long> _row = new("row_number", DuckDbType.BigInt);
    private readonly InputColumn<long> _line = new("line", DuckDbType.BigInt);
    private readonly InputTextColumn _column = new("column");
    private readonly InputTextColumn _value = new("value");
    private readonly InputTextColumn _reason = new("reason");

    public void Add(long row, long? line, string? column, string? value, string reason)
    {
        _row.Add(row);
        if (line is { } number) _line.Add(number);
        else _line.AddMissing();
        _column.Add(column is "" ? null : column);
        _value.Add(value?.Length > RefusedRows.KeptCharacters ? value[..RefusedRows.KeptCharacters] : value);
        _reason.Add(reason);
    }

    public void Save(DuckDbConnection connection, string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<InputColumn> columns = [_row, _line, _column, _value, _reason];
        RowSource.Register(connection, "refused_lines", columns).Parts = [new(columns, _row.Count)];
        connection.Execute($"COPY (FROM refused_lines()) TO {Sql.Text(path)} (FORMAT parquet)", cancellationToken);
    }
}
