using FsCheck.Fluent;
using MlOps.DurableTask.RandomPrograms;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Tests;

/// <summary>Random workflows on a hub that crashes at random commits give what the same workflows give without an engine.</summary>
public sealed class CrashPropertyTests
{
    private const int ProgramsAtOnce = 6;

    [Fact]
    public void Random_programs_survive_crashes_around_any_commit()
    {
        var crashes = 0;
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(50), Prop.ForAll<int>(seed =>
        {
            crashes += SurviveAsync(seed).GetAwaiter().GetResult();
        }));
        Assert.True(crashes > 100, $"only {crashes} crashes: the test proves little");
    }

    /// <returns>How often the hub crashed.</returns>
    private static async Task<int> SurviveAsync(int seed)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(seed);
        int Draw(int below)
        {
            lock (random)
                return random.Next(below);
        }
        var (crashes, isCalm) = (0, false);
        var programs = Enumerable.Range(0, ProgramsAtOnce).Select(i => Step.Random(unchecked(seed * ProgramsAtOnce + i))).ToList();
        await using var hub = await TestHub.StartAsync(folder, tasks => RandomProgram.Register(tasks, () => Task.Delay(Draw(3))), options =>
        {
            options.MaxConcurrentActivities = 8;
            options.DrainTimeout = TimeSpan.Zero;
            options.RestartDelay = TimeSpan.FromMilliseconds(1);
            // Like a power cut: the commit is lost with all that depends on it, or it is there and nobody was told.
            options.OnCommit = _ =>
            {
                if (Draw(8) == 0 && !Volatile.Read(ref isCalm) && Interlocked.Increment(ref crashes) < 40)
                    throw new IOException("crash");
            };
        });

        var outputs = await Task.WhenAll(programs.Select((program, i) => RunAsync(hub, $"program-{i}", program)));

        Assert.Equal(programs.Select(program => program.Expected()), outputs);
        Volatile.Write(ref isCalm, true);
        await VerifyHistoriesAsync(hub);
        return crashes;
    }

    private static async Task<string?> RunAsync(TestHub hub, string id, Step program)
    {
        using var patience = new CancellationTokenSource(TestHub.Patience);
        while (true)
        {
            try
            {
                await hub.Client.ScheduleNewOrchestrationInstanceAsync(
                    "program", program, new() { InstanceId = id, IdReuse = InstanceIdReuse.IgnoreIfExists }, patience.Token);
                var run = await hub.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, patience.Token);
                return run.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? run.ReadOutputAs<string>() : $"{run.RuntimeStatus}: {run.FailureDetails}";
            }
            // The hub has crashed and comes back; a client tries again.
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                await Task.Delay(1, patience.Token);
            }
        }
    }

    private static async Task VerifyHistoriesAsync(TestHub hub)
    {
        // What nobody waits for any more goes a moment after the last result, or with the hub that takes over from a crashed one.
        await Eventually.GetAsync(
            () => Task.FromResult(string.Join(", ", new[] { "inbox", "activities", "timers" }.Select(table => $"{table} {CountRows(hub, table)}"))),
            rows => rows is "inbox 0, activities 0, timers 0");
        await foreach (var instance in hub.Client.GetAllInstancesAsync())
        {
            Assert.Equal(OrchestrationRuntimeStatus.Completed, instance.RuntimeStatus);
            var history = await hub.Client.GetHistoryAsync(instance.InstanceId);
            var finished = history.Where(e => e.TaskCompleted is not null || e.TaskFailed is not null)
                .Select(e => e.TaskCompleted?.TaskScheduledId ?? e.TaskFailed.TaskScheduledId).ToList();
            Assert.Equal(history.Where(e => e.TaskScheduled is not null).Select(e => e.EventId).Order(), finished.Order());
            Assert.Equal(history.Count(e => e.TimerCreated is not null), history.Count(e => e.TimerFired is not null));
        }
    }

    private static long CountRows(TestHub hub, string table)
    {
        try
        {
            using var lease = hub.Hub.Current.Readers.Rent();
            return lease.Reader.Database.ReadNumber($"SELECT count(*) FROM {table}");
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return -1;
        }
    }
}
