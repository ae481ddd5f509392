using System.Diagnostics;
using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Sqlite.Tests;

/// <summary>Kills a process with a hub again and again, as a power cut or the out-of-memory killer would, and then looks at what is left.</summary>
public sealed class KillTests : IDisposable
{
    private const int MarksPerRound = 6;
    private const int Rounds = 2;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1000, 50)]
    public async Task Instances_complete_once_however_often_the_process_is_killed(int instances, int kills)
    {
        var random = new Random(17);
        for (var i = 0; i < kills;)
        {
            using var process = Start(instances);
            // Now and then while it starts, mostly while it works.
            if (i % 10 != 9)
                await WaitForLineAsync(process, "ready");
            await Task.Delay(random.Next(1, 100));
            if (process.HasExited)
            {
                // A machine that held the test up left it the time to do everything: the kill comes again, with more to interrupt.
                instances += 500;
                continue;
            }
            process.Kill();
            await process.WaitForExitAsync();
            i++;
        }
        using (var last = Start(instances))
            await WaitForLineAsync(last, "done");

        await VerifyAsync(instances);
    }

    private async Task VerifyAsync(int instances)
    {
        await using var hub = await TestHub.StartAsync(_folder, _ => { }, options => options.RunWorkItems = false);
        // The last run of each call. A recorded result of an earlier run would mean: run again although its completion was recorded.
        var lastRun = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in await File.ReadAllLinesAsync(_folder["journal"]))
            lastRun[line.Split(' ')[0]] = line.Split(' ')[1];
        var recorded = new List<string>();

        var all = await hub.Client.GetAllInstancesAsync(new() { FetchInputsAndOutputs = true, PageSize = 1000 }).ToListAsync();
        foreach (var instance in all)
        {
            Assert.True(instance.RuntimeStatus == OrchestrationRuntimeStatus.Completed, $"{instance.InstanceId} {instance.RuntimeStatus}: {instance.FailureDetails} {instance.FailureDetails?.InnerFailure}");
            var history = await hub.Client.GetHistoryAsync(instance.InstanceId);
            var completed = history.Where(e => e.TaskCompleted is not null).ToList();
            Assert.Equal(completed.Count, completed.DistinctBy(e => e.TaskCompleted.TaskScheduledId).Count());
            recorded.AddRange(completed.Select(e => e.TaskCompleted.Result.Trim('"')));
            if (instance.Name == "Journey")
                VerifyJourney(instance, history);
        }

        Assert.Equal(instances * (1 + Rounds), all.Count);
        Assert.Equal(lastRun.Values.Order(StringComparer.Ordinal), recorded.Order(StringComparer.Ordinal));
    }

    private static void VerifyJourney(OrchestrationMetadata journey, IReadOnlyList<HistoryEvent> history)
    {
        var steps = journey.ReadOutputAs<string[]>()!.Select(mark => mark.Split('|')[0]);
        var expected = Enumerable.Range(0, Rounds).SelectMany(round =>
            new[] { "first", "branch-0", "branch-1", "branch-2", "event", "leg" }.Select(step => $"{round}-{step}"));
        Assert.Equal(expected, steps);
        Assert.Equal(Rounds, history.Count(e => e.EventRaised is not null));
        Assert.Equal(Rounds * MarksPerRound, journey.ReadOutputAs<string[]>()!.Length);
    }

    private Process Start(int instances) => Process.Start(new ProcessStartInfo(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "MlOps.DurableTask.CrashHost.dll"), _folder["hub.db"], _folder["journal"], $"{instances}", "30"])
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
    })!;

    private static async Task WaitForLineAsync(Process process, string expected)
    {
        using var patience = new CancellationTokenSource(TestHub.Patience);
        while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (line == expected)
                return;
        }
        Assert.Fail($"The process ended without '{expected}'.");
    }
}
