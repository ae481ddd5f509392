using System.Text.Json;

namespace MlOps.Benchmarks.MainJob;

/// <summary>The main job as a user starts it: 'mlops run flight-delay' on an empty home, process start included.</summary>
internal static class RunWorkload
{
    private const int Runs = 3;

    public static async Task<int> RunAsync(Report report)
    {
        var measured = new List<(JsonElement Run, double Seconds, long PeakBytes)>();
        for (var i = 0; i < Runs; i++)
        {
            var folder = Directory.CreateTempSubdirectory("mlops-bench-");
            try
            {
                measured.Add(await new CommandLine(folder.FullName).RunAsync("run", "flight-delay", "--auto-approve"));
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }

        // The run with the median wall time stands for all: its steps belong together.
        var (run, seconds, peak) = measured.OrderBy(m => m.Seconds).ElementAt(Runs / 2);
        report.Add("run/flight-delay", new Dictionary<string, object>
        {
            ["runs"] = Runs,
            ["wallSeconds"] = Math.Round(seconds, 1),
            ["wallSecondsMinMax"] = $"{measured.Min(m => m.Seconds):0.0} to {measured.Max(m => m.Seconds):0.0}",
            ["stepSeconds"] = run.GetProperty("durations"),
            ["rows"] = run.GetProperty("dataset").GetProperty("rows").GetInt64(),
            ["trials"] = run.GetProperty("trials").GetArrayLength(),
            ["testAuc"] = Math.Round(run.GetProperty("metrics").GetProperty("auc").GetDouble(), 4),
            ["testLogLoss"] = Math.Round(run.GetProperty("metrics").GetProperty("logLoss").GetDouble(), 4),
            ["hostPeakMiB"] = peak >> 20,
            ["trainerPeakMiB"] = run.GetProperty("trials").EnumerateArray().Max(t => t.GetProperty("peakMemoryBytes").GetInt64()) >> 20,
        });
        return 0;
    }
}
