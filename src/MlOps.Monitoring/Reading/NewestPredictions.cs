using System.Globalization;
using System.Text.Json;
using MlOps.Data.Native;
using MlOps.Monitoring.Labels;
using MlOps.Monitoring.Logging;

namespace MlOps.Monitoring.Reading;

/// <summary>
/// Finds the newest rows among segments and days of the log, wherever they lie. Holds no more rows than are wanted of each, however large the
/// files are. Works on local files; not thread-safe.
/// </summary>
/// <remarks>A row that is in a segment and, sorted already, in a day is there once: a crash, or a sort under way, may leave that.</remarks>
public sealed class NewestPredictions : IDisposable
{
    private const string Columns =
        "request, \"row\", time, logged, variant, model, version, status, latency_ms, mirrored, probe, scores, instance, replica, device, cpu, memory, temperature";

    private const string Order = "time DESC, request, \"row\", mirrored, coalesce(variant, ''), logged";

    private readonly DuckDbConnection _connection = DuckDbConnection.Open();
    private readonly PredictionFilter _filter;
    private readonly string _condition;
    private readonly int _count;

    /// <summary>Prepares.</summary>
    /// <param name="filter">Which rows.</param>
    /// <param name="after">Only what comes behind this place; <see langword="null"/>: from the newest on.</param>
    /// <param name="count">How many, at least 1.</param>
    public NewestPredictions(PredictionFilter filter, PredictionPosition? after, int count)
    {
        (_filter, _count, _condition) = (filter, count, ConditionOf(filter, after));
        foreach (var table in (string[])["unsorted", "sorted"])
        {
            _connection.Execute(
                $"""
                CREATE TEMP TABLE {table} (
                  request VARCHAR, "row" INTEGER, time TIMESTAMP, logged TIMESTAMP, variant VARCHAR, model VARCHAR, version INTEGER, status INTEGER, latency_ms DOUBLE,
                  mirrored BOOLEAN, probe BOOLEAN, scores FLOAT[], instance VARCHAR, replica VARCHAR, device VARCHAR, cpu DOUBLE, memory BIGINT, temperature DOUBLE,
                  label VARCHAR, labelled TIMESTAMP)
                """,
                CancellationToken.None);
        }
    }

    /// <summary>Looks into segments. What is not sorted into its day has no label yet.</summary>
    /// <param name="path">A file of JSON lines.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DuckDbException">The file cannot be read.</exception>
    public void AddSegments(string path, CancellationToken cancellationToken)
    {
        if (_filter.Labelled is true) return;
        _connection.Execute($"INSERT INTO unsorted BY NAME SELECT {Columns} FROM ({AnswerSorter.Read([path])}) WHERE {_condition} {Best}", cancellationToken);
        _connection.Execute($"CREATE OR REPLACE TEMP TABLE unsorted AS SELECT * FROM unsorted {Best}", cancellationToken);
    }

    /// <summary>Looks into a day. Days come from the newest to the oldest.</summary>
    /// <param name="answers">Its files of predictions, at least one.</param>
    /// <param name="labels">Its files of labels; may be empty.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Whether earlier days have nothing that is still wanted.</returns>
    /// <exception cref="DuckDbException">A file cannot be read.</exception>
    public bool AddDay(IReadOnlyList<string> answers, IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        var known = _filter.Labelled switch { true => "l.label IS NOT NULL", false => "l.label IS NULL", null => "true" };
        // Only where labels decide must they be looked up before it is known which rows are the newest.
        var rows = $"SELECT {Columns} FROM ({AnswersSql(answers)}) WHERE {_condition} {(_filter.Labelled is null ? Best : "")}";
        _connection.Execute(
            $"""
            INSERT INTO sorted BY NAME
            SELECT a.*, l.label, l.labelled FROM ({rows}) a LEFT JOIN ({LabelFiles.Standing(labels)}) l ON l.request = if(a.mirrored, NULL, a.request) AND l."row" = a."row"
            WHERE {known} {Best}
            """,
            cancellationToken);
        return _connection.Rows("SELECT count(*) FROM sorted", cancellationToken)[0].Long(0) >= _count;
    }

    /// <summary>The rows, newest first.</summary>
    public IReadOnlyList<LoggedPrediction> Rows(CancellationToken cancellationToken) =>
        [.. _connection.Rows(
            $"""
            SELECT {Columns.Replace(" scores,", " CAST(to_json(scores) AS VARCHAR),", StringComparison.Ordinal)}, label, labelled FROM (
              FROM sorted UNION ALL BY NAME
              SELECT * FROM unsorted u WHERE NOT EXISTS (
                SELECT 1 FROM sorted s
                WHERE s.request = u.request AND s."row" = u."row" AND s.mirrored = u.mirrored AND s.variant IS NOT DISTINCT FROM u.variant AND s.logged = u.logged))
            {Best}
            """,
            cancellationToken).Select(Read)];

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private string Best => string.Create(CultureInfo.InvariantCulture, $"ORDER BY {Order} LIMIT {_count}");

    private static string ConditionOf(PredictionFilter filter, PredictionPosition? after)
    {
        var parts = new List<string> { "true" };
        if (filter.From is { } from) parts.Add($"time >= {Time(from)}");
        if (filter.To is { } to) parts.Add($"time < {Time(to)}");
        if (filter.Variant is { } variant) parts.Add($"variant = {Sql.Text(variant)}");
        if (filter.Version is { } version) parts.Add(string.Create(CultureInfo.InvariantCulture, $"version = {version}"));
        if (filter.Request is { } request) parts.Add($"request = {Sql.Text(request)}");
        if (after is not null)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"""
                (time < make_timestamp({after.Time}) OR (time = make_timestamp({after.Time}) AND
                (request, "row", mirrored, coalesce(variant, ''), logged) > ({Sql.Text(after.Request)}, {after.Row}, {after.Mirrored}, {Sql.Text(after.Variant)}, make_timestamp({after.Logged}))))
                """));
        }

        return string.Join(" AND ", parts);
    }

    // Files of earlier versions lack what came later.
    private static string AnswersSql(IReadOnlyList<string> files) =>
        $"""
        SELECT * REPLACE (coalesce(mirrored, false) AS mirrored, coalesce(probe, false) AS probe) FROM (
          SELECT * FROM read_parquet({Sql.List(files)}, union_by_name = true) UNION ALL BY NAME
          SELECT NULL::BOOLEAN AS probe, NULL::VARCHAR AS replica, NULL::VARCHAR AS device, NULL::DOUBLE AS cpu, NULL::BIGINT AS memory, NULL::DOUBLE AS temperature WHERE false)
        """;

    private static LoggedPrediction Read(DuckDbRow row) => new()
    {
        Request = row.Text(0),
        Row = (int)(row[1] as long? ?? -1),
        Time = At(row.Time(2)!.Value),
        Logged = At(row.Time(3)!.Value),
        Variant = row[4] as string,
        Model = row[5] as string,
        Version = (int?)(row[6] as long?),
        Status = (int?)(row[7] as long?),
        LatencyMs = row[8] as double?,
        Mirrored = row[9] is true,
        Probe = row[10] is true,
        Scores = Json(row[11]),
        Instance = Json(row[12]),
        Replica = row[13] as string,
        Device = row[14] as string,
        Cpu = row[15] as double?,
        Memory = row[16] as long?,
        Temperature = row[17] as double?,
        Label = row[18] as string,
        Labelled = row.Time(19) is { } labelled ? At(labelled) : null,
    };

    private static DateTimeOffset At(DateTime time) => new(time, TimeSpan.Zero);

    private static JsonElement? Json(object? text) => text is string json ? JsonSerializer.Deserialize<JsonElement>(json) : null;

    private static string Time(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"TIMESTAMP '{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}'");
}
