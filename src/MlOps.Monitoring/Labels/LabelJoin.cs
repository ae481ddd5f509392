using System.Globalization;
using MlOps.Data.Native;
using MlOps.Monitoring.Logging;
using MlOps.Monitoring.Windows;

namespace MlOps.Monitoring.Labels;

/// <summary>
/// Brings labels and predictions together. Works on local files. Of several labels of one row the one that came first stands, until a
/// correction puts another in its place; those that say the same are counted, those that say otherwise are set apart.
/// </summary>
public sealed class LabelJoin
{
    /// <summary>Most rows that are named of a correction; all of them stand in its file.</summary>
    private const int MostRowsTold = 10;

    /// <summary>Labels to join: JSON lines as <see cref="LabelInbox"/> stores them.</summary>
    public required IReadOnlyList<string> New { get; init; }

    /// <summary>Labels that waited: parquet of earlier joins.</summary>
    public required IReadOnlyList<string> Waiting { get; init; }

    /// <summary>Predictions of all days that labels may belong to.</summary>
    public required IReadOnlyList<string> Answers { get; init; }

    /// <summary>Labels that stand.</summary>
    public required IReadOnlyList<string> Standing { get; init; }

    /// <summary>The endpoint's settings.</summary>
    public required EndpointMonitoring Settings { get; init; }

    /// <summary>The time at which a label's patience is measured, UTC.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Joins.</summary>
    /// <param name="folder">An empty folder for what comes of it.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DuckDbException">A file cannot be read.</exception>
    public JoinedLabels Run(string folder, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        Run(connection, $"CREATE TEMP TABLE incoming AS SELECT row_number() OVER (ORDER BY received) AS n, * FROM ({Incoming()})", cancellationToken);
        // To read the keys out of all answers costs more than all the rest.
        var byKey = connection.Rows("SELECT count(*) FROM incoming WHERE request IS NULL", cancellationToken)[0].Long(0) > 0;
        Run(connection, $"CREATE TEMP TABLE standing AS {StandingSql(byKey)}", cancellationToken);
        Run(connection, $"CREATE TEMP TABLE found AS {FoundSql(byKey)}", cancellationToken);
        Run(connection, CandidatesSql, cancellationToken);
        Run(connection, BecameSql, cancellationToken);
        var days = connection.Rows("SELECT DISTINCT day FROM became ORDER BY day", cancellationToken)
            .Select(r => DateOnly.FromDateTime(r.Time(0)!.Value)).ToList();
        var labels = days.ConvertAll(day => (day, Write(connection, folder, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + PredictionFiles.LabelsEnding,
            $"SELECT * EXCLUDE day FROM became WHERE day = DATE '{day:yyyy-MM-dd}' ORDER BY request, row", cancellationToken)!));
        var unmatched = "SELECT * EXCLUDE n FROM incoming WHERE n NOT IN (SELECT n FROM found)";
        var limit = Now.UtcDateTime - Settings.Labels.Patience;
        var cut = string.Create(CultureInfo.InvariantCulture, $"TIMESTAMP '{limit:yyyy-MM-dd HH:mm:ss.ffffff}'");
        return new JoinedLabels
        {
            Labels = labels,
            Contradicting = Write(connection, folder, "contradicting.parquet", "SELECT request, row, label, stood AS stands, labelled, received FROM candidates WHERE label <> stood AND corrector IS NULL", cancellationToken),
            Corrected = Write(connection, folder, "corrected.parquet", $"SELECT request, row, stood AS before, label AS after, corrector, reason, received FROM {Corrected} ORDER BY n, request, row", cancellationToken),
            Corrections = Corrections(connection, cancellationToken),
            Waiting = Write(connection, folder, "waiting.parquet", $"{unmatched} AND received > {cut}", cancellationToken),
            Unknown = Write(connection, folder, "unknown.parquet", $"{unmatched} AND received <= {cut}", cancellationToken),
            Counts = Count(connection, unmatched, cut, cancellationToken),
        };
    }

    private const string Corrected = "candidates WHERE label <> stood AND corrector IS NOT NULL";

    // Of each label: what stood for its row when it came. That is what the last correction before it said, else what stood before this
    // join, else what the first label of the row said; nothing for that first one.
    private const string CandidatesSql =
        """
        CREATE TEMP TABLE candidates AS
        SELECT f.*, coalesce(last_value(CASE WHEN f.corrector IS NOT NULL THEN f.label END IGNORE NULLS) OVER before, s.label, first_value(f.label) OVER before) AS stood
        FROM found f LEFT JOIN standing s ON s.request = f.request AND s.row = f.row
        WINDOW before AS (PARTITION BY f.request, f.row ORDER BY f.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        """;

    // What stands for a row at the end, where that is another than before.
    private const string BecameSql =
        """
        CREATE TEMP TABLE became AS
        SELECT request, row, arg_max(label, n) AS label, min(labelled) AS labelled, max(received) AS received, arg_max(corrector IS NOT NULL, n) AS correction, day
        FROM candidates WHERE stood IS NULL OR (label <> stood AND corrector IS NOT NULL) GROUP BY request, row, day
        """;

    private static void Run(DuckDbConnection connection, string sql, CancellationToken cancellationToken) => connection.Execute(sql, cancellationToken);

    private static string? Write(DuckDbConnection connection, string folder, string name, string query, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, name);
        var rows = connection.Execute($"COPY ({query}) TO {Sql.Text(path)} (FORMAT parquet, COMPRESSION zstd)", cancellationToken);
        return rows > 0 ? path : null;
    }

    private static LabelCounts Count(DuckDbConnection connection, string unmatched, string cut, CancellationToken cancellationToken)
    {
        var row = connection.Rows(
            $"""
            SELECT (SELECT count(*) FROM incoming WHERE fresh), count(*) FILTER (WHERE stood IS NULL), count(*) FILTER (WHERE label = stood),
                   count(*) FILTER (WHERE label <> stood AND corrector IS NULL), count(*) FILTER (WHERE label <> stood AND corrector IS NOT NULL),
                   (SELECT count(*) FROM ({unmatched} AND received > {cut})), (SELECT count(*) FROM ({unmatched} AND received <= {cut}))
            FROM candidates
            """,
            cancellationToken)[0];
        return new LabelCounts
        {
            Received = row.Long(0), Matched = row.Long(1), Repeated = row.Long(2), Contradicting = row.Long(3), Corrected = row.Long(4), Waiting = row.Long(5), Unknown = row.Long(6),
        };
    }

    private static List<CorrectedLabels> Corrections(DuckDbConnection connection, CancellationToken cancellationToken) =>
        [.. connection.Rows($"SELECT received, corrector, reason, count(*) FROM {Corrected} GROUP BY ALL ORDER BY ALL", cancellationToken)
            .Select(r => (Received: r.Time(0)!.Value, By: r.Text(1), Reason: r.Text(2), Count: r.Long(3)))
            .Select(c => new CorrectedLabels(
                new(c.By, c.Reason), new DateTimeOffset(c.Received, TimeSpan.Zero), c.Count,
                [.. connection.Rows(
                    string.Create(CultureInfo.InvariantCulture, $"""
                    SELECT request, row, stood, label FROM {Corrected} AND received = TIMESTAMP '{c.Received:yyyy-MM-dd HH:mm:ss.ffffff}' AND corrector = {Sql.Text(c.By)} AND reason = {Sql.Text(c.Reason)}
                    ORDER BY n, request, row LIMIT {MostRowsTold}
                    """),
                    cancellationToken).Select(r => new CorrectedLabel(r.Text(0), (int)r.Long(1), r.Text(2), r.Text(3)))]))];

    private string Incoming()
    {
        var parts = new List<string>();
        if (New.Count > 0)
        {
            parts.Add(
                $$"""
                SELECT request, coalesce(row, 0) AS row, key, label, coalesce(time, received) AS labelled, received, correctedBy AS corrector, reason, true AS fresh
                FROM read_json({{Sql.List(New)}}, format = 'newline_delimited', ignore_errors = true, columns = {
                  request: 'VARCHAR', row: 'INTEGER', key: 'VARCHAR', label: 'VARCHAR', time: 'TIMESTAMP', received: 'TIMESTAMP', correctedBy: 'VARCHAR', reason: 'VARCHAR' })
                WHERE label IS NOT NULL AND received IS NOT NULL
                """);
        }
        if (Waiting.Count > 0)
            parts.Add($"SELECT request, row, key, label, labelled, received, corrector, reason, false AS fresh FROM ({LabelFiles.Read(Waiting, "NULL::VARCHAR AS corrector, NULL::VARCHAR AS reason")})");
        return string.Join(" UNION ALL ", parts);
    }

    private string StandingSql(bool byKey) => Standing.Count > 0
        ? $"SELECT request, row, {LabelFiles.StandingLabel} AS label FROM ({LabelFiles.Read(Standing, "NULL::BOOLEAN AS correction")}) WHERE request IN (SELECT request FROM incoming UNION ALL SELECT request FROM ({ByKey(byKey, "a.request")})) GROUP BY request, row"
        : "SELECT ''::VARCHAR AS request, 0 AS row, ''::VARCHAR AS label WHERE false";

    private string FoundSql(bool byKey) => Answers.Count > 0
        ? $"""
          SELECT DISTINCT i.n, i.label, i.labelled, i.received, i.corrector, i.reason, a.request, a.row, CAST(a.time AS DATE) AS day
          FROM incoming i JOIN ({AnswersSql}) a ON a.request = i.request AND a.row = i.row
          UNION ALL BY NAME
          SELECT DISTINCT * FROM ({ByKey(byKey, "i.n, i.label, i.labelled, i.received, i.corrector, i.reason, a.request, a.row, CAST(a.time AS DATE) AS day")})
          """
        : "SELECT 0::BIGINT AS n, ''::VARCHAR AS label, NULL::TIMESTAMP AS labelled, NULL::TIMESTAMP AS received, NULL::VARCHAR AS corrector, NULL::VARCHAR AS reason, ''::VARCHAR AS request, 0 AS row, NULL::DATE AS day WHERE false";

    private string AnswersSql =>
        $"SELECT request, row, time, instance FROM read_parquet({Sql.List(Answers)}, union_by_name = true) WHERE status < 400 AND NOT mirrored AND NOT probe AND row >= 0";

    /// <summary>Labels that name their row by its key, with the answers that they name. Both sides are read by the columns' types.</summary>
    private string ByKey(bool wanted, string columns)
    {
        var key = Settings.Labels.Key;
        if (!wanted || key.Count is 0 || Answers.Count is 0) return $"SELECT {columns} FROM incoming i, ({(Answers.Count > 0 ? AnswersSql : "SELECT ''::VARCHAR AS request, 0 AS row, NULL::TIMESTAMP AS time")}) a WHERE false";
        var same = string.Join(" AND ", key.Select(c => $"{Value("a.instance", c)} = {Value("i.key", c)}"));
        return $"SELECT {columns} FROM incoming i JOIN ({AnswersSql}) a ON i.request IS NULL AND {same}";
    }

    private string Value(string json, string column) =>
        // A hidden value is a text on both sides, whatever it was.
        Settings.Log.Hide.ContainsKey(column) || Settings.Columns.FirstOrDefault(c => c.Name == column) is not { } spec
            ? InstanceSql.Text(json, column)
            : InstanceSql.Typed(json, spec);
}

/// <summary>What came of a join, as local files; <see langword="null"/> where there is nothing of a kind.</summary>
public sealed record JoinedLabels
{
    /// <summary>Labels that stand from now on, by the day of their prediction.</summary>
    public required IReadOnlyList<(DateOnly Day, string Path)> Labels { get; init; }

    /// <summary>Labels that say otherwise than those that stand.</summary>
    public required string? Contradicting { get; init; }

    /// <summary>Labels that were put right: what stood and what stands now.</summary>
    public required string? Corrected { get; init; }

    /// <summary>Who put labels right, and why.</summary>
    public required IReadOnlyList<CorrectedLabels> Corrections { get; init; }

    /// <summary>Labels whose prediction has not come.</summary>
    public required string? Waiting { get; init; }

    /// <summary>Labels whose prediction did not come in time.</summary>
    public required string? Unknown { get; init; }

    /// <summary>How many of each; <c>Waiting</c> is how many wait now.</summary>
    public required LabelCounts Counts { get; init; }
}
