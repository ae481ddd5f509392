using System.Text.Json;
using MlOps.Testing.Azure;

namespace MlOps.Benchmarks.Azure;

/// <summary>What one run asks of Azure: requests to storage (counted against the emulator), function seconds, training minutes; and what that costs at list prices.</summary>
internal static class AzureWorkload
{
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(Report report)
    {
        foreach (var (pipeline, idle) in new[] { ("penguins", TimeSpan.Zero), ("flight-delay", s_idle) })
        {
            var (counted, idlePerHour) = await CountedRun.MeasureAsync(pipeline, idle);
            var status = counted.Run.GetProperty("status").GetString();
            if (status is not "released") throw new InvalidOperationException($"The run of {pipeline} ended as {status}: {counted.Run}");
            Add(report, pipeline, counted, idlePerHour);
        }
        return 0;
    }

    private static void Add(Report report, string pipeline, CountedRun counted, double idlePerHour)
    {
        var trials = counted.Run.GetProperty("trials").EnumerateArray().ToList();
        var training = trials.Sum(t => t.GetProperty("seconds").GetDouble());
        // Steps run one after the other but for a few seconds; the search waits for its trials, the approval for a person: neither burns function time.
        var functions = counted.Run.GetProperty("durations").EnumerateObject().Where(d => d.Name is not ("total" or "search" or "approve")).Sum(d => d.Value.GetDouble());
        var storage = counted.Operations.Sum(o => o.Value * ListPrices.Of(o.Key));
        var functionCost = functions * ListPrices.FunctionGigabytes * ListPrices.FunctionGigabyteSecond;
        var gpu = training / 60 * ListPrices.GpuMinute;
        var figures = new Dictionary<string, object>
        {
            ["storageTransactions"] = counted.Total,
            ["byOperation"] = counted.Operations,
            ["trials"] = trials.Count,
            ["functionSeconds"] = Math.Round(functions, 1),
            ["trainingMinutes"] = Math.Round(training / 60, 3),
            ["storageUsd"] = Math.Round(storage, 6),
            ["functionUsd"] = Math.Round(functionCost, 6),
            ["trainingUsdOnGpu"] = Math.Round(gpu, 6),
            ["totalUsd"] = Math.Round(storage + functionCost + gpu, 6),
        };
        if (idlePerHour > 0) figures["idleTransactionsPerHour"] = Math.Round(idlePerHour);
        report.Add($"azure/{pipeline}", figures);
    }
}
