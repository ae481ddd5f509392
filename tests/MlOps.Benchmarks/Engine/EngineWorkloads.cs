namespace MlOps.Benchmarks.Engine;

/// <summary>What the durable engine is measured by. Figures are steps (activities with recorded completion), instances and milliseconds.</summary>
internal static class EngineWorkloads
{
    private const int StepsOfSequence = 5;
    private const int BranchesOfFanOut = 100;

    private static readonly Dictionary<string, Func<string, Task<Dictionary<string, object>>>> s_workloads = new()
    {
        ["sequence"] = SequenceAsync,
        ["fanout"] = FanOutAsync,
        ["events"] = EventsAsync,
        ["crash"] = CrashWorkload.MeasureAsync,
        ["history"] = HistoryWorkload.MeasureAsync,
    };

    public static async Task<int> RunAsync(IReadOnlyList<string> names, Report report)
    {
        if (names.FirstOrDefault(name => !s_workloads.ContainsKey(name)) is { } unknown)
        {
            await Console.Error.WriteLineAsync($"'{unknown}' is no workload of engine: {string.Join(", ", s_workloads.Keys)}.");
            return 2;
        }
        foreach (var name in names.Count > 0 ? names : [.. s_workloads.Keys])
        {
            var folder = Directory.CreateTempSubdirectory("mlops-bench-");
            try
            {
                var figures = await s_workloads[name](folder.FullName);
                figures["durability"] = BenchmarkHub.Durability;
                report.Add($"engine/{name}", figures);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        return 0;
    }

    private static async Task<Dictionary<string, object>> SequenceAsync(string folder)
    {
        const int Instances = 2000;
        await using var hub = await BenchmarkHub.StartAsync(folder);
        await hub.RunAsync("sequence", StepsOfSequence, Instances, inFlight: 64);
        var cost = await Cost.OfAsync(() => hub.RunAsync("sequence", StepsOfSequence, Instances, inFlight: 64));
        var alone = new Percentiles(await hub.RunAsync("sequence", StepsOfSequence, 500, inFlight: 1));
        return new(cost.PerStep(Instances * StepsOfSequence))
        {
            ["instancesPerSecond"] = Math.Round(Instances / cost.Seconds),
            ["aloneP50Ms"] = alone[50],
            ["aloneP95Ms"] = alone[95],
            ["aloneP99Ms"] = alone[99],
        };
    }

    private static async Task<Dictionary<string, object>> FanOutAsync(string folder)
    {
        const int Instances = 50;
        await using var hub = await BenchmarkHub.StartAsync(folder);
        await hub.RunAsync("fanout", BranchesOfFanOut, Instances, inFlight: 4);
        var cost = await Cost.OfAsync(() => hub.RunAsync("fanout", BranchesOfFanOut, Instances, inFlight: 4));
        return cost.PerStep(Instances * BranchesOfFanOut);
    }

    private static async Task<Dictionary<string, object>> EventsAsync(string folder)
    {
        const int Instances = 500;
        await using var hub = await BenchmarkHub.StartAsync(folder);
        async Task<string[]> StartAsync() => await Task.WhenAll(Enumerable.Range(0, Instances).Select(async _ =>
        {
            var id = await hub.Client.ScheduleNewOrchestrationInstanceAsync("event", 0);
            await hub.Client.WaitForInstanceStartAsync(id);
            return id;
        }));
        async Task SignalAsync(string id)
        {
            var completion = hub.Client.WaitForInstanceCompletionAsync(id);
            await hub.Client.RaiseEventAsync(id, "go", 1);
            await completion;
        }

        await Task.WhenAll((await StartAsync()).Select(SignalAsync));
        var waiting = await StartAsync();
        var seconds = await Measured.SecondsAsync(() => Task.WhenAll(waiting.Select(SignalAsync)));
        var times = new List<double>();
        foreach (var id in await StartAsync())
            times.Add(1000 * await Measured.SecondsAsync(() => SignalAsync(id)));
        return new() { ["secondsToLastCompletion"] = Math.Round(seconds, 3), ["aloneP50Ms"] = new Percentiles(times)[50] };
    }
}
