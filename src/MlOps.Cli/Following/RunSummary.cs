using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Following;

/// <summary>What came of a run, for people.</summary>
internal static class RunSummary
{
    public static void Write(IAnsiConsole console, RunDetails run)
    {
        Write(console, "run", $"{run.Run}  {run.Status}{(run.Reason is null ? "" : $": {run.Reason}")}");
        if (run.Dataset is { } dataset)
            Write(console, "dataset", $"{dataset.Name}@{dataset.Version[..12]}  {dataset.Rows:N0} rows kept, {dataset.Quarantined:N0} quarantined");
        if (run.Trials.FirstOrDefault(t => t.Trial == run.BestTrial) is { } best)
            Write(console, "best trial", $"{best.Trial} of {run.Trials.Count}: {best.Trainer} {string.Join(' ', best.Parameters.Select(p => $"{p.Key}={p.Value}"))}");
        foreach (var (metric, value) in run.Metrics ?? new Dictionary<string, double>(StringComparer.Ordinal))
            Write(console, $"test {metric}", MetricText(run, metric, value));
        foreach (var gate in run.Gates) Write(console, "gate", $"{(gate.Passed ? "passed" : "FAILED")}  {gate.Text}  ({gate.Detail})");
        if (run.Model is { } model) Write(console, "model", $"{model.Name} version {model.Version}  sha256 {model.Sha256}");
        if (run.Endpoint is { } endpoint) Write(console, "endpoint", $"{endpoint}  POST {run.PredictUrl}");
        if (run.Proof is { Request: { } request, Response: { } response })
        {
            Write(console, "asked", JsonSerializer.Serialize(request, MlOpsJson.Compact));
            Write(console, "answered", JsonSerializer.Serialize(response, MlOpsJson.Compact));
        }

        Write(console, "time", string.Join("  ", RunSteps.All.Where(run.Durations.ContainsKey).Append("total").Select(s => $"{s} {run.Durations[s]:0.0} s")));    }

    private static string MetricText(RunDetails run, string metric, double value)
    {
        var text = $"{value:0.0000}";
        if (run.Intervals is { } intervals && intervals.TryGetValue(metric, out var interval)) text += $"  [{interval[0]:0.0000}, {interval[1]:0.0000}]";
        if (run.Champion is { } champion && champion.Metrics.TryGetValue(metric, out var before)) text += $"  champion {before:0.0000}";
        return text;
    }

    private static void Write(IAnsiConsole console, string name, string text) => console.Profile.Out.Writer.WriteLine($"{name,-16} {text}");
}
