using System.Globalization;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Monitoring.Labels;

namespace MlOps.Monitoring.Windows;

/// <summary>The answers of an endpoint in a span of event time, with the labels that have come. Works on local files; not thread-safe.</summary>
public sealed class PredictionWindow : IDisposable
{
    private const string Answered = "status < 400 AND NOT mirrored AND NOT probe AND row >= 0";
    private readonly DuckDbConnection _connection;

    private PredictionWindow(DuckDbConnection connection, TimeWindow span) => (_connection, Span) = (connection, span);

    /// <summary>The span.</summary>
    public TimeWindow Span { get; }

    /// <summary>Reads a window.</summary>
    /// <param name="answers">Files with predictions of the days that it touches; may be empty.</param>
    /// <param name="labels">Files with labels of these days; may be empty.</param>
    /// <param name="span">The span.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DuckDbException">A file cannot be read.</exception>
    public static PredictionWindow Open(IReadOnlyList<string> answers, IReadOnlyList<string> labels, TimeWindow span, CancellationToken cancellationToken)
    {
        var database = DuckDbConnection.Open();
        try
        {
            // An id that came twice counts once: the first answer is the one that was acted on. A join on equalities alone is a hash
            // join; with 'AND NOT mirrored' beside them it compares every answer with every label.
            database.Execute(
                $"""
                CREATE TEMP TABLE answers AS
                SELECT a.*, l.label, l.labelled FROM ({AnswersSql(answers, span)}) a LEFT JOIN ({LabelFiles.Standing(labels)}) l
                  ON l.request = if(a.mirrored, NULL, a.request) AND l.row = a.row
                """,
                cancellationToken);
            return new PredictionWindow(database, span);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Answered rows, and those of them that have a label.</summary>
    public (long Rows, long Labelled) Count(CancellationToken cancellationToken)
    {
        var row = _connection.Rows($"SELECT count(*), count(label) FROM answers WHERE {Answered}", cancellationToken)[0];
        return (row.Long(0), row.Long(1));
    }

    /// <summary>The model that answered most rows; <see langword="null"/>: none did.</summary>
    public (string Model, int Version)? MainModel(CancellationToken cancellationToken)
    {
        var rows = _connection.Rows($"SELECT model, version FROM answers WHERE {Answered} GROUP BY ALL ORDER BY count(*) DESC, version DESC LIMIT 1", cancellationToken);
        return rows is [var row] ? (row.Text(0), (int)row.Long(1)) : null;
    }

    /// <summary>How requests fared. A row stands for its request where it is the first one; the sample's weight makes counts whole again.</summary>
    public RequestStatistics Requests(CancellationToken cancellationToken)
    {
        var row = _connection.Rows(
            """
            SELECT coalesce(sum(weight), 0), coalesce(sum(weight) FILTER (WHERE status >= 500), 0), coalesce(sum(weight) FILTER (WHERE status BETWEEN 400 AND 499), 0),
                   quantile_cont(latency_ms, 0.5) FILTER (WHERE status < 400), quantile_cont(latency_ms, 0.95) FILTER (WHERE status < 400), quantile_cont(latency_ms, 0.99) FILTER (WHERE status < 400)
            FROM answers WHERE row <= 0 AND NOT mirrored AND NOT probe
            """,
            cancellationToken)[0];
        return new(row.Double(0), row.Double(1), row.Double(2), row.Double(3), row.Double(4), row.Double(5));
    }

    /// <summary>Scores, labels and the values of some columns, in the order of time.</summary>
    /// <param name="width">Numbers of one answer.</param>
    /// <param name="columns">Columns whose values are wanted, as text; the empty text where missing.</param>
    /// <param name="where">SQL condition beside being answered, such as <c>label IS NOT NULL</c>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    internal AnsweredRows Read(int width, IReadOnlyList<string> columns, string where, CancellationToken cancellationToken)
    {
        var scores = Enumerable.Range(1, width).Select(i => string.Create(CultureInfo.InvariantCulture, $"CAST(coalesce(scores[{i}], 'nan') AS FLOAT)"));
        var texts = columns.Select(c => $"coalesce({InstanceSql.Text("instance", c)}, '')");
        var rows = new AnsweredRows(width, columns.Count);
        using var result = _connection.Query(
            $"SELECT epoch_us(time), coalesce(label, ''), {string.Join(", ", scores.Concat(texts))} FROM answers WHERE {Answered} AND ({where}) ORDER BY time, request, row",
            cancellationToken);
        var pool = new TextPool();
        while (result.NextChunk()) rows.Add(result, pool);
        return rows;
    }

    /// <summary>The most frequent values of a column, missing ones left out.</summary>
    internal IReadOnlyList<string> TopValues(string column, long minRows, int most, CancellationToken cancellationToken) =>
        [.. _connection.Rows(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT {InstanceSql.Text("instance", column)} AS v FROM answers WHERE {Answered} AND v IS NOT NULL GROUP BY v HAVING count(*) >= {minRows} ORDER BY count(*) DESC, v LIMIT {most}"),
            cancellationToken).Select(r => r.Text(0))];

    /// <summary>Runs a query over the table <c>inputs</c>: the answered rows' columns by their declared types.</summary>
    internal IReadOnlyList<DuckDbRow> QueryInputs(IReadOnlyList<ColumnSpec> columns, string query, CancellationToken cancellationToken) =>
        _connection.Rows($"WITH inputs AS ({InputsSql(columns, "true")}) {query}", cancellationToken);

    /// <summary>Writes the answered rows' columns to a parquet file, by their declared types.</summary>
    internal long WriteInputs(IReadOnlyList<ColumnSpec> columns, string where, string path, CancellationToken cancellationToken) =>
        _connection.Execute($"COPY ({InputsSql(columns, where)}) TO {Sql.Text(path)} (FORMAT parquet)", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static string InputsSql(IReadOnlyList<ColumnSpec> columns, string where) =>
        $"SELECT {string.Join(", ", columns.Select(c => $"{InstanceSql.Typed("instance", c)} AS {Sql.Name(c.Name)}"))} FROM answers WHERE {Answered} AND ({where})";

    private static string AnswersSql(IReadOnlyList<string> answers, TimeWindow span)
    {
        var source = answers.Count > 0
            ? $"read_parquet({Sql.List(answers)}, union_by_name = true)"
            : """
              (SELECT ''::VARCHAR AS request, 0 AS row, NULL::TIMESTAMP AS time, NULL::TIMESTAMP AS logged, ''::VARCHAR AS variant, ''::VARCHAR AS model, 0 AS version, 200 AS status,
                      0::DOUBLE AS latency_ms, 1::DOUBLE AS weight, false AS mirrored, false AS probe, []::FLOAT[] AS scores, ''::VARCHAR AS instance WHERE false)
              """;
        return $"""
            SELECT request, row, time, variant, model, version, status, latency_ms, weight, mirrored, probe, scores, instance FROM {source}
            WHERE time >= {Time(span.From)} AND time < {Time(span.To)}
            QUALIFY row_number() OVER (PARTITION BY request, row, mirrored, CASE WHEN mirrored THEN variant END ORDER BY logged, variant) = 1
            """;
    }

    private static string Time(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"TIMESTAMP '{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}'");
}

/// <summary>How requests fared in a window.</summary>
/// <param name="Requests">How many there were.</param>
/// <param name="Failed">Those that failed on this side (status 5xx).</param>
/// <param name="Refused">Those that were refused (status 4xx).</param>
/// <param name="LatencyP50">Median time of the answered ones, in milliseconds; NaN without any.</param>
/// <param name="LatencyP95">95th percentile of that.</param>
/// <param name="LatencyP99">99th percentile of that.</param>
public sealed record RequestStatistics(double Requests, double Failed, double Refused, double LatencyP50, double LatencyP95, double LatencyP99);
