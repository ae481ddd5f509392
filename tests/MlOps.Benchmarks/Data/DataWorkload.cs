using System.Globalization;
using MlOps.Core.Datasets;
using MlOps.Core.Drift;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Drift;
using MlOps.Data.Features;
using MlOps.Data.Ingest;
using MlOps.Data.Native;
using MlOps.Data.Profiling;
using MlOps.Data.Validation;

namespace MlOps.Benchmarks.Data;

/// <summary>
/// Data work on 3,000,000 real flights, each piece as a ratio to DuckDB's bare <c>SUMMARIZE</c> of the same file in the same process:
/// the best of five of each, taken in turn. Ingest of CSV is held against <c>SUMMARIZE</c> of that CSV as well, which reads the same bytes.
/// </summary>
internal static class DataWorkload
{
    private const int Rounds = 5;

    public static int Run(Report report)
    {
        var flights = FindFlights();
        using var folder = new WorkFolder();
        var spec = Specification();
        var ingested = new DatasetIngestor().Ingest([new(flights, "flights-3m.parquet")], spec.Data, folder["dataset"], CancellationToken.None);
        var months = Months(ingested.DataPath, folder);
        var csv = folder["flights.csv"];
        using (var connection = DuckDbConnection.Open())
        {
            connection.Execute($"COPY (FROM {Sql.Text(flights)}) TO {Sql.Text(csv)} (FORMAT csv)", CancellationToken.None);
            connection.Execute($"COPY (FROM {Sql.Text(flights)}) TO {Sql.Text(csv + ".zst")} (FORMAT csv, COMPRESSION zstd)", CancellationToken.None);
        }

        var work = new (string Name, Action Run)[]
        {
            ("summarize", () => Summarize(ingested.DataPath)),
            ("ingest", () => new DatasetIngestor().Ingest([new(flights, "flights-3m.parquet")], spec.Data, folder["ingest"], CancellationToken.None)),
            ("profile", () => new DatasetProfiler().Profile(ingested.DataPath, spec.Data, spec.Features.Label, CancellationToken.None)),
            ("validate", () => new DatasetValidator().Validate(ingested.DataPath, ingested, spec.Data, folder["quarantine/rows.parquet"], CancellationToken.None)),
            ("drift", () => new DriftDetector().Compare(months[..2], months[2..4], spec.Data, new DriftSpec(), CancellationToken.None)),
            ("features", () => new FeatureBuilder().Build(months[..2], spec, folder["features"], CancellationToken.None)),
            ("summarizeCsv", () => Summarize(csv)),
            ("ingestCsv", () => new DatasetIngestor().Ingest([new(csv, "flights.csv")], spec.Data, folder["ingest"], CancellationToken.None)),
            ("ingestCsvOfZstandardIn128MiB", () => new DatasetIngestor(new() { MemoryLimitBytes = 128 << 20 })
                .Ingest([new(csv + ".zst", "flights.csv.zst")], spec.Data, folder["ingest"], CancellationToken.None)),
            ("ingestCsvOfWindows1252In128MiB", () => new DatasetIngestor(new() { MemoryLimitBytes = 128 << 20 })
                .Ingest([new(csv, "flights.csv")], spec.Data with { Files = new() { Encoding = "windows-1252" } }, folder["ingest"], CancellationToken.None)),
            ("ingestCsvIn128MiB", () => new DatasetIngestor(new() { MemoryLimitBytes = 128 << 20 })
                .Ingest([new(csv, "flights.csv")], spec.Data, folder["ingest"], CancellationToken.None)),
        };
        var best = work.ToDictionary(w => w.Name, _ => (Seconds: double.PositiveInfinity, PeakMiB: 0L), StringComparer.Ordinal);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, run) in work)
            {
                PeakMemory.Reset();
                var start = TimeProvider.System.GetTimestamp();
                run();
                var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
                best[name] = (Math.Min(best[name].Seconds, seconds), Math.Max(best[name].PeakMiB, PeakMemory.Read() >> 20));
            }
        }
        foreach (var (name, (seconds, peak)) in best)
        {
            var figures = new Dictionary<string, object>
            {
                ["rows"] = name switch { "features" => months.Take(2).Sum(Rows), "drift" => months.Sum(Rows), _ => ingested.Rows },
                ["seconds"] = Math.Round(seconds, 3),
                ["ratioToSummarize"] = Math.Round(seconds / best["summarize"].Seconds, 2),
                ["peakMiB"] = peak,
            };
            if (name.StartsWith("ingestCsv", StringComparison.Ordinal)) figures["ratioToSummarizeCsv"] = Math.Round(seconds / best["summarizeCsv"].Seconds, 2);
            report.Add($"data.{name}", figures);
        }
        report.Add("data.serve", Serve(folder["features"], spec, months[0]));
        return 0;
    }

    private static Dictionary<string, object> Serve(string features, PipelineSpec spec, string month)
    {
        var set = new FeatureBuilder().Build([month], spec with { Data = spec.Data with { Window = null } }, features, CancellationToken.None);
        using var computer = new FeatureComputer(set.Transform);
        using var request = System.Text.Json.JsonDocument.Parse("""{"date":"2001-03-02T08:15:00","distance":405,"origin":"MCI","destination":"MDW"}""");
        var one = new[] { request.RootElement };
        var many = Enumerable.Repeat(request.RootElement, 1000).ToList();
        for (var i = 0; i < 200; i++) computer.Compute(one, CancellationToken.None);
        return new Dictionary<string, object>
        {
            ["microsecondsForOneRow"] = Math.Round(Time(() => computer.Compute(one, CancellationToken.None), 2000), 1),
            ["microsecondsForARowOf1000"] = Math.Round(Time(() => computer.Compute(many, CancellationToken.None), 50) / 1000, 2),
        };

        static double Time(Action run, int times)
        {
            var start = TimeProvider.System.GetTimestamp();
            for (var i = 0; i < times; i++) run();
            return TimeProvider.System.GetElapsedTime(start).TotalMicroseconds / times;
        }
    }

    private static void Summarize(string path)
    {
        using var connection = DuckDbConnection.Open();
        connection.Rows($"SELECT column_name FROM (SUMMARIZE FROM {Sql.Text(path)})", CancellationToken.None);
    }

    private static long Rows(string path)
    {
        using var connection = DuckDbConnection.Open();
        return connection.Rows($"SELECT count(*) FROM {Sql.Text(path)}", CancellationToken.None)[0].Long(0);
    }

    private static List<string> Months(string path, WorkFolder folder)
    {
        using var connection = DuckDbConnection.Open();
        return [.. Enumerable.Range(1, 4).Select(month =>
        {
            var file = folder[string.Create(CultureInfo.InvariantCulture, $"month-{month}.parquet")];
            connection.Execute($"COPY (FROM {Sql.Text(path)} WHERE month(date) = {month} AND year(date) = 2001) TO {Sql.Text(file)} (FORMAT parquet)", CancellationToken.None);
            return file;
        })];
    }

    /// <summary>The flight-delay pipeline with fifteen checks and rules.</summary>
    internal static PipelineSpec Specification() => new()
    {
        Name = "flight-delay",
        Triggers = new() { Blob = "incoming/flight-delay/" },
        Data = new DataSpec
        {
            Window = TimeSpan.FromDays(90),
            Columns =
            [
                new() { Name = "date", Type = ColumnType.Timestamp, Required = true },
                new() { Name = "delay", Type = ColumnType.Int, Min = -120, Max = 1440 },
                new() { Name = "distance", Type = ColumnType.Int, Required = true, Min = 1 },
                new() { Name = "origin", Type = ColumnType.String, Required = true, Pattern = "[A-Z]{3}", MaxDistinct = 400 },
                new() { Name = "destination", Type = ColumnType.String, Pattern = "[A-Z]{3}", MaxDistinct = 400 },
            ],
            Checks =
            [
                new RowsCheck(1000, null), new MissingCheck("delay", 0.05), new QuarantinedCheck(0.01), new SqlCheck("origin <> destination"),
                new QuantileCheck("delay", 0.5, -15, 30), new OutliersCheck(["delay"], 0.2, OutlierMethod.Iqr), new FreshnessCheck("date", TimeSpan.FromDays(36_500)),
            ],
        },
        Features = new FeaturesSpec
        {
            Label = new("late", "delay >= 15"),
            Inputs =
            [
                new("hour", "hour(date)"), new("weekday", "dayofweek(date)"), new("distance", "distance"),
                new("origin", "origin", EncodingMethod.Target), new("destination", "destination", EncodingMethod.Target),
            ],
            Split = new() { By = SplitMethod.Time, Column = "date" },
        },
        Training = new() { Search = new() { Metric = "auc", Maximize = true }, Trainers = [] },
        Evaluation = new(),
        Release = new() { Endpoint = "flight-delay" },
    };

    internal static string FindFlights()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "node_modules", "vega-datasets", "data", "flights-3m.parquet");
            if (File.Exists(path)) return path;
        }
        throw new FileNotFoundException("flights-3m.parquet of npm's vega-datasets is not there; run 'npm ci --ignore-scripts' in the repository's root.");
    }

    private sealed class WorkFolder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("mlops-bench-data-").FullName;

        public string this[string name] => Path.Combine(_path, name);

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
