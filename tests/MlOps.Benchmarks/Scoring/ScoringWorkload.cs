using System.Diagnostics;
using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Scoring;
using MlOps.Data.Features;
using MlOps.Data.Native;
using MlOps.Inference;

namespace MlOps.Benchmarks.Scoring;

/// <summary>
/// 500,000 real flights scored as a file by 'mlops up', from the record's acceptance to its end, against ONNX Runtime alone on the same rows
/// in the same minute: no file, no features, no output. By the clock, and by processor time, which other programs on the machine disturb less.
/// </summary>
internal sealed class ScoringWorkload(Report report, string flights)
{
    private const string Endpoint = "flight-delay";
    private const int Rows = 500_000;
    private const int Rounds = 3;

    public async Task<int> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("mlops-bench-");
        try
        {
            var commands = new CommandLine(Path.Combine(folder.FullName, "home"));
            await commands.RunAsync("run", Endpoint, "--auto-approve");
            var files = WriteFiles(folder.FullName);
            using var bare = new BareRows(Path.Combine(commands.Home, "models", Endpoint, "1"), files[".parquet"]);
            foreach (var (extension, file) in files) await MeasureAsync(commands, bare, extension[1..], file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private async Task MeasureAsync(CommandLine commands, BareRows bare, string format, string file)
    {
        var place = Path.Combine(commands.Home, "system", "host.json");
        File.Delete(place);
        using var server = commands.StartWith([], "up", "--port", "0");
        try
        {
            while (!File.Exists(place)) await Task.Delay(50);
            var (jobs, work, one, all, bareWork) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
            ScoringJob job = null!;
            for (var round = 0; round < Rounds; round++)
            {
                var before = Process.GetCurrentProcess().TotalProcessorTime;
                one.Add(bare.RowsPerSecond(1));
                bareWork.Add(Rows / (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
                all.Add(bare.RowsPerSecond(Environment.ProcessorCount));
                // Another name is another job.
                var copy = Path.Combine(Path.GetDirectoryName(file)!, $"{round}-{Path.GetFileName(file)}");
                File.Copy(file, copy);
                before = server.TotalProcessorTime;
                var (result, _, _) = await commands.RunAsync("score", Endpoint, copy, "--wait");
                job = result.Deserialize<ScoringJob>(MlOpsJson.Compact)!;
                server.Refresh();
                work.Add(Rows / (server.TotalProcessorTime - before).TotalSeconds);
                jobs.Add((job.Rows + job.RefusedRows) / (job.FinishedAt!.Value - job.CreatedAt).TotalSeconds);
            }

            var (rows, single, every) = (Median(jobs), Median(one), Median(all));
            report.Add($"scoring/{format}", new Dictionary<string, object>
            {
                ["rows"] = job.Rows,
                ["refusedRows"] = job.RefusedRows,
                ["rowsPerSecond"] = Math.Round(rows),
                ["seconds"] = Math.Round(Rows / rows, 2),
                ["onnxRuntimeRowsPerSecond"] = Math.Round(single),
                ["ratioToOnnxRuntime"] = Math.Round(rows / single, 3),
                ["onnxRuntimeRowsPerSecondOnAllProcessors"] = Math.Round(every),
                ["ratioToOnnxRuntimeOnAllProcessors"] = Math.Round(rows / every, 3),
                ["rowsPerProcessorSecond"] = Math.Round(Median(work)),
                ["onnxRuntimeRowsPerProcessorSecond"] = Math.Round(Median(bareWork)),
                ["ratioByProcessorTime"] = Math.Round(Median(work) / Median(bareWork), 3),
                ["peakMiB"] = CommandLine.PeakOf(server.Id) >> 20,
            });
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private Dictionary<string, string> WriteFiles(string folder)
    {
        using var connection = DuckDbConnection.Open();
        var files = new Dictionary<string, string>(StringComparer.Ordinal) { [".csv"] = Path.Combine(folder, "flights.csv"), [".parquet"] = Path.Combine(folder, "flights.parquet") };
        connection.Execute($"COPY (FROM {Sql.Text(flights)} LIMIT {Rows}) TO {Sql.Text(files[".csv"])} (FORMAT csv)", CancellationToken.None);
        connection.Execute($"COPY (FROM {Sql.Text(flights)} LIMIT {Rows}) TO {Sql.Text(files[".parquet"])} (FORMAT parquet)", CancellationToken.None);
        return files;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>ONNX Runtime on features that are computed already.</summary>
    private sealed class BareRows : IDisposable
    {
        private readonly OnnxModel _model;
        private readonly List<FeatureBatch> _batches;

        public BareRows(string package, string rows)
        {
            _model = OnnxModel.Load(Path.Combine(package, "model.onnx"), Read<ModelSignature>(package, "signature.json"));
            using var features = new FeatureComputer(Read<FeatureTransform>(package, "features.json"));
            _batches = [.. features.ComputeParquet(rows, [], CancellationToken.None).Select(b => b.Features)];
        }

        public double RowsPerSecond(int threads)
        {
            var start = TimeProvider.System.GetTimestamp();
            Parallel.ForEach(_batches, new ParallelOptions { MaxDegreeOfParallelism = threads }, batch => _model.Score(batch));
            return _batches.Sum(b => b.Rows) / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        }

        public void Dispose() => _model.Dispose();

        private static T Read<T>(string folder, string file) => JsonSerializer.Deserialize<T>(File.ReadAllBytes(Path.Combine(folder, file)), MlOpsJson.Compact)!;
    }
}
