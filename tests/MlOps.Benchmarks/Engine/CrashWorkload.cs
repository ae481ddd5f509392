using System.Diagnostics;
using System.Globalization;
using MlOps.DurableTask;

namespace MlOps.Benchmarks.Engine;

/// <summary>A process with instances in flight is killed; how long until a new one has completed them, and what is run again.</summary>
internal static class CrashWorkload
{
    public const string HostCommand = "engine-crash-host";

    private const int Instances = 200;
    private const int Steps = 5;
    private static readonly TimeSpan s_activityTime = TimeSpan.FromMilliseconds(50);

    public static async Task<Dictionary<string, object>> MeasureAsync(string folder)
    {
        using (var first = Start(folder, "start"))
        {
            await WaitForLineAsync(first, "midway");
            first.Kill();
            await first.WaitForExitAsync();
        }
        var start = TimeProvider.System.GetTimestamp();
        using (var second = Start(folder, "finish"))
            await WaitForLineAsync(second, "done");
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        var runs = await File.ReadAllLinesAsync(Journal(folder));
        var repeated = runs.Length - runs.Distinct().Count();
        if (runs.Distinct().Count() != Instances * Steps)
            throw new InvalidOperationException($"{runs.Distinct().Count()} steps were run, {Instances * Steps} were asked for.");
        return new() { ["secondsToAllComplete"] = Math.Round(seconds, 2), ["activitiesRunTwice"] = repeated };
    }

    public static async Task<int> RunHostAsync(string folder, string mode)
    {
        await using var journal = new FileStream(Journal(folder), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        await using var hub = await BenchmarkHub.StartAsync(folder, tasks => tasks
            .AddActivityFunc<int, int>("slow", async (context, i) =>
            {
                await Task.Delay(s_activityTime, context.CancellationToken);
                var line = System.Text.Encoding.UTF8.GetBytes($"{context.IdempotencyKey}\n");
                lock (journal)
                    journal.Write(line);
                return i;
            })
            .AddOrchestratorFunc<int, int>("slow-sequence", async (context, steps) =>
            {
                for (var i = 0; i < steps; i++)
                    await context.CallActivityAsync<int>("slow", i);
                return steps;
            }), options => options.MaxConcurrentActivities = Instances);
        var ids = Enumerable.Range(0, Instances).Select(i => string.Create(CultureInfo.InvariantCulture, $"run-{i}")).ToList();
        if (mode == "start")
        {
            await Task.WhenAll(ids.Select(id => hub.Client.ScheduleNewOrchestrationInstanceAsync("slow-sequence", Steps, new StartOrchestrationOptions { InstanceId = id })));
            while (journal.Length < ids.Count * Steps / 2 * 20)
                await Task.Delay(1);
            Console.WriteLine("midway");
        }
        await Task.WhenAll(ids.Select(id => hub.Client.WaitForInstanceCompletionAsync(id)));
        Console.WriteLine("done");
        return 0;
    }

    private static string Journal(string folder) => Path.Combine(folder, "journal");

    private static Process Start(string folder, string mode) => Process.Start(new ProcessStartInfo(
        "dotnet", [typeof(CrashWorkload).Assembly.Location, HostCommand, folder, mode])
    { UseShellExecute = false, RedirectStandardOutput = true })!;

    private static async Task WaitForLineAsync(Process process, string expected)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == expected)
                return;
        }
        throw new InvalidOperationException($"The process ended without '{expected}'.");
    }
}
