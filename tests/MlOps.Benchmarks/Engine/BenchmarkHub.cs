using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlOps.DurableTask;
using MlOps.DurableTask.Sqlite;

namespace MlOps.Benchmarks.Engine;

/// <summary>A host with a task hub, as an application has it, with no-op activities.</summary>
internal sealed class BenchmarkHub : IAsyncDisposable
{
    public const string Durability = "SQLite WAL, synchronous=FULL";

    private readonly IHost _host;

    private BenchmarkHub(IHost host) => _host = host;

    public DurableTaskClient Client => _host.Services.GetRequiredService<DurableTaskClient>();

    public static async Task<BenchmarkHub> StartAsync(string folder, Action<DurableTaskRegistry>? register = null, Action<TaskHubOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDurableTask(tasks =>
        {
            tasks.AddActivityFunc<int, int>("noop", (_, i) => Task.FromResult(i))
                .AddOrchestratorFunc<int, int>("sequence", async (context, steps) =>
                {
                    var sum = 0;
                    for (var i = 0; i < steps; i++)
                        sum += await context.CallActivityAsync<int>("noop", i);
                    return sum;
                })
                .AddOrchestratorFunc<int, int>("fanout", async (context, branches) =>
                    (await Task.WhenAll(Enumerable.Range(0, branches).Select(i => context.CallActivityAsync<int>("noop", i)))).Sum())
                .AddOrchestratorFunc<int, int>("event", (context, _) => context.WaitForExternalEvent<int>("go"))
                .AddOrchestratorFunc<int, int>("events", async (context, count) =>
                {
                    var sum = 0;
                    for (var i = 0; i < count; i++)
                        sum += await context.WaitForExternalEvent<int>("go");
                    return sum;
                });
            register?.Invoke(tasks);
        });
        builder.Services.AddEmbeddedTaskHub(options =>
        {
            options.Path = Path.Combine(folder, "hub.db");
            configure?.Invoke(options);
        });
        var built = builder.Build();
        await built.StartAsync();
        return new BenchmarkHub(built);
    }

    /// <summary>Runs instances, so many at once, and gives each one's time in ms.</summary>
    public async Task<double[]> RunAsync(string name, int input, int instances, int inFlight)
    {
        var times = new double[instances];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            await Task.Yield();
            for (var i = Interlocked.Increment(ref next); i < instances; i = Interlocked.Increment(ref next))
            {
                var start = TimeProvider.System.GetTimestamp();
                var id = await Client.ScheduleNewOrchestrationInstanceAsync(name, input);
                var run = await Client.WaitForInstanceCompletionAsync(id);
                if (run.RuntimeStatus != OrchestrationRuntimeStatus.Completed)
                    throw new InvalidOperationException($"{id} ended {run.RuntimeStatus}: {run.FailureDetails}");
                times[i] = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
            }
        }));
        return times;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
