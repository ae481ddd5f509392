using System.Globalization;
using MlOps.Data.Native;

namespace MlOps.Monitoring.Logging;

/// <summary>Sorts segments of logged answers into one parquet file a day of event time. Works on local files.</summary>
/// <remarks>
/// A line that is no answer is left out, so that one damaged line keeps nothing else back. An event time that is no time, or lies
/// outside the years 1900 to 2199, gives way to the time of the request.
/// </remarks>
public static class AnswerSorter
{
    /// <summary>Sorts.</summary>
    /// <param name="segments">Paths of JSON-lines files, at least one.</param>
    /// <param name="folder">An empty folder for the parquet files.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Each day and its file.</returns>
    /// <exception cref="DuckDbException">A file cannot be read.</exception>
    public static IReadOnlyList<(DateOnly Day, string Path)> Sort(IReadOnlyList<string> segments, string folder, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute($"CREATE TEMP TABLE answers AS {Read(segments)}", cancellationToken);
        var days = connection.Rows("SELECT DISTINCT CAST(time AS DATE) FROM answers ORDER BY 1", cancellationToken);
        var files = new List<(DateOnly, string)>();
        foreach (var day in days.Select(d => DateOnly.FromDateTime(d.Time(0)!.Value)))
        {
            var path = Path.Combine(folder, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + PredictionFiles.AnswersEnding);
            connection.Execute(
                $"COPY (SELECT * FROM answers WHERE CAST(time AS DATE) = DATE '{day:yyyy-MM-dd}' ORDER BY time, request, row) TO {Sql.Text(path)} (FORMAT parquet, COMPRESSION zstd)",
                cancellationToken);
            files.Add((day, path));
        }
        return files;
    }

    /// <summary>SQL query of segments, with the columns of the parquet files.</summary>
    internal static string Read(IReadOnlyList<string> segments) =>
        $$"""
        WITH lines AS (
          SELECT *, try_cast(event AS TIMESTAMP) AS happened
          FROM read_json({{Sql.List(segments)}}, format = 'newline_delimited', ignore_errors = true, maximum_object_size = 67108864, columns = {
            request: 'VARCHAR', row: 'INTEGER', logged: 'TIMESTAMP', event: 'VARCHAR', variant: 'VARCHAR', model: 'VARCHAR', version: 'INTEGER',
            status: 'INTEGER', latency_ms: 'DOUBLE', weight: 'DOUBLE', mirrored: 'BOOLEAN', probe: 'BOOLEAN', scores: 'FLOAT[]', instance: 'VARCHAR',
            replica: 'VARCHAR', device: 'VARCHAR', cpu: 'DOUBLE', memory: 'BIGINT', temperature: 'DOUBLE' })
          WHERE request IS NOT NULL AND logged IS NOT NULL)
        SELECT request, row, CASE WHEN year(happened) BETWEEN 1900 AND 2199 THEN happened ELSE logged END AS time,
               logged, variant, model, version, status, latency_ms, weight, coalesce(mirrored, false) AS mirrored, coalesce(probe, false) AS probe, scores, instance,
               replica, device, cpu, memory, temperature
        FROM lines
        """;
}
