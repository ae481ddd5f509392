using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;
using MlOps.Data.Validation;

namespace MlOps.Data.Replay;

/// <summary>A row of the past as a prediction request would have carried it, and what turned out to be true of it.</summary>
/// <param name="Instance">The columns that a request carries, as a JSON object.</param>
/// <param name="Label">Binary: <c>true</c> or <c>false</c>. Otherwise the label as text.</param>
public sealed record HistoricRow(string Instance, string Label);

/// <summary>
/// Labelled data of the past, cut by days of a time column: what came before a day, what came on it, and a sample of its rows that is the
/// same each time. Not thread-safe.
/// </summary>
public sealed class DailyHistory : IDisposable
{
    private readonly DuckDbConnection _connection;
    private readonly ExpressionParser _parser;
    private readonly List<string> _names;
    private readonly string _source;
    private readonly string _day;
    private readonly string _label;
    private readonly string _usable;
    private readonly string _columns;

    /// <summary>Opens a history.</summary>
    /// <param name="sourcePath">A parquet file with the pipeline's columns.</param>
    /// <param name="folder">The one folder in which files may be written.</param>
    /// <param name="data">The columns and their rules.</param>
    /// <param name="label">What is predicted.</param>
    /// <param name="timeColumn">The timestamp or date column that says when a row was.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ExpressionException">The label's expression cannot be used.</exception>
    /// <exception cref="DuckDbException">The file cannot be read, or lacks a column.</exception>
    public DailyHistory(string sourcePath, string folder, DataSpec data, LabelSpec label, string timeColumn, CancellationToken cancellationToken)
    {
        _connection = DuckDbConnection.Open();
        try
        {
            var path = Path.GetFullPath(sourcePath);
            _connection.Lock([path], Path.GetFullPath(folder));
            _names = [.. _connection.Rows($"SELECT column_name FROM (DESCRIBE FROM read_parquet({Sql.Text(path)}))", cancellationToken).Select(r => r.Text(0))];
            _source = $"read_parquet({Sql.Text(path)}, file_row_number = true)";
            _columns = string.Join(", ", _names.Select(Sql.Name));
            _day = $"CAST({Sql.Name(timeColumn)} AS DATE)";
            _parser = new ExpressionParser(_connection);
            _label = _parser.Parse("features.label.sql", label.Sql, _names).Embedded;
            RowRules.Guard(_connection, _source, data, cancellationToken);
            _usable = $"{RowRules.Predicate(data)} AND ({_label}) IS NOT NULL";
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>The first and the last day that have rows.</summary>
    public (DateOnly First, DateOnly Last) Span(CancellationToken cancellationToken)
    {
        var row = _connection.Rows($"SELECT CAST(min({_day}) AS TIMESTAMP), CAST(max({_day}) AS TIMESTAMP) FROM {_source}", cancellationToken)[0];
        return row.Time(0) is { } first && row.Time(1) is { } last
            ? (DateOnly.FromDateTime(first), DateOnly.FromDateTime(last))
            : throw new InvalidOperationException("The history has no rows.");
    }

    /// <summary>The first day that the example's first run does not have; <see langword="null"/>: it has them all.</summary>
    /// <exception cref="ExpressionException">The partition's expression cannot be used.</exception>
    public DateOnly? StartOfRest(ExampleSpec example, CancellationToken cancellationToken)
    {
        if (example.Partition is not { } partition) return null;
        var part = $"CAST({_parser.Parse("example.partition", partition, _names).Embedded} AS VARCHAR)";
        var row = _connection.Rows(
            $"SELECT CAST(min({_day}) AS TIMESTAMP) FROM {_source} WHERE {part} NOT IN (SELECT DISTINCT {part} AS p FROM {_source} ORDER BY p LIMIT {example.Drop})", cancellationToken)[0];
        return row.Time(0) is { } start ? DateOnly.FromDateTime(start) : null;
    }

    /// <summary>Writes all rows before a day, in the order of the source.</summary>
    /// <returns>Their number.</returns>
    public long WriteBefore(DateOnly before, string path, CancellationToken cancellationToken) => Write($"{_day} < {Date(before)}", path, cancellationToken);

    /// <summary>Writes all rows of a day, in the order of the source.</summary>
    /// <returns>Their number.</returns>
    public long WriteDay(DateOnly on, string path, CancellationToken cancellationToken) => Write($"{_day} = {Date(on)}", path, cancellationToken);

    /// <summary>Rows of a day that keep the pipeline's rules and have a label, in the order of time.</summary>
    /// <param name="on">The day.</param>
    /// <param name="most">Most rows; of more, those with the smallest hash of their place in the source: the same ones each time.</param>
    /// <param name="requested">Columns that a request carries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public IReadOnlyList<HistoricRow> Sample(DateOnly on, int most, IReadOnlyList<ColumnSpec> requested, CancellationToken cancellationToken)
    {
        var sql = $"""
            SELECT to_json(struct_pack({string.Join(", ", requested.Select(ValueOf))}))::VARCHAR, CAST(({_label}) AS VARCHAR)
            FROM (SELECT * FROM {_source} WHERE {_day} = {Date(on)} AND {_usable} ORDER BY hash(file_row_number) LIMIT {most})
            ORDER BY file_row_number
            """;
        return [.. _connection.Rows(sql, cancellationToken).Select(r => new HistoricRow(r.Text(0), r.Text(1)))];
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private long Write(string condition, string path, CancellationToken cancellationToken) => _connection.Execute(
        $"COPY (SELECT {_columns} FROM {_source} WHERE {condition} ORDER BY file_row_number) TO {Sql.Text(Path.GetFullPath(path))} (FORMAT parquet, COMPRESSION zstd)", cancellationToken);

    private static string ValueOf(ColumnSpec column)
    {
        var name = Sql.Name(column.Name);
        return column.Type is ColumnType.Timestamp ? $"{name} := strftime({name}, '%Y-%m-%dT%H:%M:%S.%f')" : $"{name} := {name}";
    }

    private static string Date(DateOnly date) => $"DATE '{date:yyyy-MM-dd}'";
}
