using System.Collections.Concurrent;
using MlOps.DurableTask.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace MlOps.DurableTask.Sqlite.Tests;

/// <summary>What keeps one user of the hub from harming another, or the process.</summary>
public sealed class LimitsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Activities_stay_within_the_limit_of_all_and_of_their_name()
    {
        var running = new ConcurrentDictionary<string, int>();
        var most = new ConcurrentDictionary<string, int>();
        var gate = new Lock();
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task<int> Work(string name)
        {
            lock (gate)
            {
                running.AddOrUpdate(name, 1, (_, n) => n + 1);
                most[name] = Math.Max(most.GetValueOrDefault(name), running[name]);
                most["all"] = Math.Max(most.GetValueOrDefault("all"), running.Values.Sum());
                if (most["all"] == 6)
                    full.TrySetResult();
            }
            // Nobody goes on before as many run as may.
            await full.Task.WaitAsync(TestHub.Patience);
            await Task.Delay(5);
            lock (gate)
                running[name]--;
            return 0;
        }
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddActivityFunc<int, int>("gpu", (_, _) => Work("gpu"))
            .AddActivityFunc<int, int>("cpu", (_, _) => Work("cpu"))
            .AddOrchestratorFunc<object?>("both", (context, _) => Task.WhenAll(
                Enumerable.Range(0, 40).Select(i => context.CallActivityAsync<int>(i % 2 == 0 ? "gpu" : "cpu", i)))),
            options =>
            {
                options.MaxConcurrentActivities = 6;
                options.MaxConcurrentActivitiesByName["gpu"] = 2;
            });

        await hub.RunAsync("both");

        Assert.Equal((2, 6), (most["gpu"], most["all"]));
    }

    [Fact]
    public async Task A_huge_fan_out_does_not_starve_other_instances()
    {
        var done = 0;
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddActivityFunc<int, int>("slow", async (_, _) =>
            {
                // The first one lasts until the other instance is there.
                await asked.Task.WaitAsync(TestHub.Patience);
                return Interlocked.Increment(ref done);
            })
            .AddActivityFunc<int, int>("count", (_, _) => Task.FromResult(Volatile.Read(ref done)))
            .AddOrchestratorFunc<int, int>("fan-out", async (context, n) =>
                (await Task.WhenAll(Enumerable.Range(0, n).Select(i => context.CallActivityAsync<int>("slow", i)))).Length)
            .AddOrchestratorFunc<int, int>("small", (context, _) => context.CallActivityAsync<int>("count", 0)),
            options => options.MaxConcurrentActivities = 1);
        var huge = await hub.Client.ScheduleNewOrchestrationInstanceAsync("fan-out", 2000);
        await hub.UntilAsync(huge, i => i.IsRunning);
        var small = await hub.Client.ScheduleNewOrchestrationInstanceAsync("small", 0);
        await hub.UntilAsync(small, i => i.IsRunning);

        asked.SetResult();

        Assert.InRange((await hub.CompletionOfAsync(small)).ReadOutputAs<int>(), 1, 1999);
        await hub.Client.TerminateInstanceAsync(huge);
    }

    [Fact]
    public async Task A_stop_waits_for_running_activities_and_cancels_them_at_the_deadline()
    {
        var begun = new TaskCompletionSource();
        var cancelled = 0;
        var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddActivityFunc<object?, int>("short", async (_, _) =>
            {
                begun.TrySetResult();
                await Task.Delay(50);
                return 7;
            })
            .AddActivityFunc<object?, int>("endless", async (context, _) =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                }
                finally
                {
                    Interlocked.Increment(ref cancelled);
                }
                return 0;
            })
            .AddOrchestratorFunc<object?>("both", (context, _) => Task.WhenAll(context.CallActivityAsync<int>("endless"), context.CallActivityAsync<int>("short"))),
            options => options.DrainTimeout = TimeSpan.FromSeconds(3));
        await hub.Client.ScheduleNewOrchestrationInstanceAsync("both", null, new() { InstanceId = "one" });
        await begun.Task.WaitAsync(TestHub.Patience);

        await hub.DisposeAsync();

        Assert.Equal(1, cancelled);
        await using var clientOnly = await TestHub.StartAsync(_folder, _ => { }, options => options.RunWorkItems = false);
        var recorded = await clientOnly.Client.GetHistoryAsync("one");
        Assert.Equal("7", Assert.Single(recorded, e => e.TaskCompleted is not null).TaskCompleted.Result);
    }

    [Fact]
    public async Task Instances_dropped_from_memory_go_on_when_something_happens()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddActivityFunc<int, int>("double", (_, n) => Task.FromResult(2 * n))
            .AddOrchestratorFunc<object?, int>("waits", async (context, _) =>
                await context.CallActivityAsync<int>("double", await context.WaitForExternalEvent<int>("number")) + await context.WaitForExternalEvent<int>("number")));
        var inMemory = hub.Services.GetRequiredService<EmbeddedTaskHub>().Current.Instances;
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => hub.Client.ScheduleNewOrchestrationInstanceAsync("waits")));
        foreach (var id in ids)
            await hub.UntilAsync(id, i => i.IsRunning);

        // What the last turn was told of may not be idle yet.
        await Eventually.HoldsAsync(
            () =>
            {
                inMemory.DropIdle(3);
                return inMemory.Count <= 10;
            },
            () => inMemory.Count);
        Assert.InRange(inMemory.Count, 3, 10);
        foreach (var id in ids)
        {
            await hub.Client.RaiseEventAsync(id, "number", 20);
            inMemory.DropIdle(0);
            await hub.Client.RaiseEventAsync(id, "number", 2);
        }

        foreach (var id in ids)
            Assert.Equal(42, (await hub.CompletionOfAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_version_runs_beside_another()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?, string>("flow", (context, _) => Task.FromResult($"default {context.Version}"))
            .AddOrchestratorFunc<object?, string>("flow", (context, _) => Task.FromResult($"second {context.Version}"), version: "2.0"));
        async Task<string?> Run(string version)
        {
            var id = await hub.Client.ScheduleNewOrchestrationInstanceAsync("flow", null, new() { Version = version });
            return (await hub.CompletionOfAsync(id)).ReadOutputAs<string>();
        }

        Assert.Equal("second 2.0", await Run("2.0"));
        Assert.Equal("default 1.0", await Run("1.0"));
        Assert.Equal("default ", await Run(""));
    }

    [Fact]
    public async Task A_restart_runs_the_same_input_again()
    {
        var runs = 0;
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddActivityFunc<int, int>("count", (_, n) => Task.FromResult(n + Interlocked.Increment(ref runs)))
            .AddOrchestratorFunc<int, int>("flow", (context, n) => context.CallActivityAsync<int>("count", n)));
        Assert.Equal(11, (await hub.RunAsync("flow", 10, "one")).ReadOutputAs<int>());

        await hub.Client.RestartInstanceAsync("one");
        Assert.Equal(12, (await hub.CompletionOfAsync("one")).ReadOutputAs<int>());
        var other = await hub.Client.RestartInstanceAsync("one", withNewInstanceId: true);
        Assert.Equal(13, (await hub.CompletionOfAsync(other)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_recursive_purge_takes_the_sub_orchestrations_too()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<int, int>("nested", async (context, depth) =>
                depth == 0 ? 0 : 1 + await context.CallSubOrchestratorAsync<int>("nested", depth - 1)));
        Assert.Equal(4, (await hub.RunAsync("nested", 4, "root")).ReadOutputAs<int>());

        Assert.Equal(5, await hub.Client.PurgeInstanceAsync("root", recursive: true));
        Assert.Empty(await hub.Client.GetAllInstancesAsync().ToListAsync());
    }

    [Fact]
    public async Task What_is_not_registered_here_runs_on_remote_workers()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<int, int>("local", (context, n) => context.CallActivityAsync<int>("remote-activity", n))
            .AddActivityFunc<int, int>("local-activity", (_, n) => Task.FromResult(n + 1)),
            configureServices: services => services.AddSingleton<IRemoteWorkers, FakeWorker>());

        Assert.Equal(50, (await hub.RunAsync("local", 5)).ReadOutputAs<int>());
        Assert.Equal(8, (await hub.RunAsync("remote", 7)).ReadOutputAs<int>());
    }

    /// <summary>Multiplies by ten, and orchestrates one call of a local activity.</summary>
    private sealed class FakeWorker : IRemoteWorkers
    {
        public async Task<OrchestratorResponse> RunOrchestratorAsync(OrchestratorRequest request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            var all = request.PastEvents.Concat(request.NewEvents).ToList();
            var result = all.Find(e => e.TaskCompleted is not null)?.TaskCompleted.Result;
            var action = result is null
                ? new OrchestratorAction { Id = 0, ScheduleTask = new() { Name = "local-activity", Input = all.First(e => e.ExecutionStarted is not null).ExecutionStarted.Input } }
                : new OrchestratorAction { Id = 1, CompleteOrchestration = new() { OrchestrationStatus = OrchestrationStatus.Completed, Result = result } };
            return new OrchestratorResponse { InstanceId = request.InstanceId, Actions = { action } };
        }

        public Task<ActivityResponse> RunActivityAsync(ActivityRequest request, CancellationToken cancellationToken) =>
            Task.FromResult(new ActivityResponse { Result = request.Input + "0" });
    }
}
