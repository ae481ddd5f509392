using System.Globalization;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Monitoring.Logging;
using MlOps.Monitoring.Measuring;
using MlOps.Monitoring.Windows;

namespace MlOps.Benchmarks.Data;

/// <summary>
/// The drift monitor over one day of real flights, whole and within the ten largest airports, against two months that a model was trained on:
/// the first window of a version, which draws what chance makes of so few rows, and each later one, which knows. The best of three, in turn.
/// </summary>
internal static class MonitorWorkload
{
    private const int Rounds = 3;
    private static readonly TimeWindow s_day = new(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero), new(2001, 3, 2, 0, 0, 0, TimeSpan.Zero));

    public static int Run(Report report)
    {
        var folder = Directory.CreateTempSubdirectory("mlops-bench-monitors-").FullName;
        try
        {
            var (training, rows) = WriteTraining(folder);
            var answers = WriteAnswers(folder);
            var drawn = new ChanceDraws();
            var (first, later, looked) = (double.PositiveInfinity, double.PositiveInfinity, 0L);
            for (var round = 0; round < Rounds; round++)
            {
                drawn = new();
                first = Math.Min(first, Measure(folder, training, answers, drawn, out looked));
                later = Math.Min(later, Measure(folder, training, answers, new(drawn.All), out _));
            }

            report.Add("monitors.drift", new Dictionary<string, object>
            {
                ["trainingRows"] = rows,
                ["windowRows"] = looked,
                ["samples"] = drawn.All.Count,
                ["firstWindowSeconds"] = Math.Round(first, 2),
                ["laterWindowSeconds"] = Math.Round(later, 2),
                ["laterToFirst"] = Math.Round(later / first, 3),
            });
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Measure(string folder, string training, IReadOnlyList<string> answers, ChanceDraws chance, out long rows)
    {
        var pipeline = DataWorkload.Specification() with { Monitors = new() { Segments = ["origin"] } };
        IReadOnlyList<FeatureDefinition> inputs = [new("distance", "distance", FeatureKind.Number)];
        var start = TimeProvider.System.GetTimestamp();
        using var window = PredictionWindow.Open(answers, [], s_day, CancellationToken.None);
        var result = Measurement.Run(new DriftMonitorSpec(), s_day, new MonitorContext
        {
            Pipeline = pipeline,
            Window = window,
            Model = new()
            {
                Name = "flight-delay", Version = 1, Stage = ModelStage.Deployed, RunId = "run", Datasets = [], Sha256 = "", Path = "models/flight-delay/1/",
                Metrics = new Dictionary<string, double>(), CreatedAt = s_day.From,
            },
            Transform = new() { Columns = [.. pipeline.Data.Columns.Where(c => c.Name is not "delay")], Features = inputs, Label = new("late", "delay >= 15", LearningTask.Binary, ["false", "true"]) },
            TrainingData = [training],
            Chance = chance,
            WorkFolder = folder,
        }, s_day.To, CancellationToken.None);
        rows = result.Rows;
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static (string Path, long Rows) WriteTraining(string folder)
    {
        var path = Path.Combine(folder, "training.parquet");
        using var connection = DuckDbConnection.Open();
        return (path, connection.Execute($"COPY (FROM {Sql.Text(DataWorkload.FindFlights())} WHERE date < TIMESTAMP '2001-03-01') TO {Sql.Text(path)} (FORMAT parquet)", CancellationToken.None));
    }

    private static IReadOnlyList<string> WriteAnswers(string folder)
    {
        var segment = Path.Combine(folder, "segment.jsonl");
        using (var connection = DuckDbConnection.Open())
        {
            connection.Execute(
                string.Create(CultureInfo.InvariantCulture, $$"""
                COPY (SELECT 'r' || row_number() OVER () AS request, 0 AS row, strftime(date, '%Y-%m-%d %H:%M:%S') AS logged, 'champion' AS variant, 'flight-delay' AS model, 1 AS version,
                             200 AS status, 1.0 AS latency_ms, 1.0 AS weight, false AS mirrored, false AS probe, [0.5] AS scores,
                             {'date': strftime(date, '%Y-%m-%dT%H:%M:%S'), 'distance': distance, 'origin': origin, 'destination': destination} AS instance
                      FROM {{Sql.Text(DataWorkload.FindFlights())}} WHERE CAST(date AS DATE) = DATE '2001-03-01') TO {{Sql.Text(segment)}} (FORMAT json)
                """),
                CancellationToken.None);
        }

        return [.. AnswerSorter.Sort([segment], Directory.CreateDirectory(Path.Combine(folder, "answers")).FullName, CancellationToken.None).Select(d => d.Path)];
    }
}
