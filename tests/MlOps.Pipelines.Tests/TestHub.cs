using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlOps.Core.Json;
using MlOps.DurableTask;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sqlite;

namespace MlOps.Pipelines.Tests;

/// <summary>A task hub with the real orchestrators, and functions in place of their activities.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly IHost _host;

    private TestHub(TemporaryFolder folder, IHost host) => (_folder, _host) = (folder, host);

    public static TimeSpan Patience => Eventually.Patience;

    public DurableTaskClient Client => _host.Services.GetRequiredService<DurableTaskClient>();

    public static async Task<TestHub> StartAsync(Action<DurableTaskRegistry> register, TimeProvider? time = null)
    {
        var folder = new TemporaryFolder();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddDurableTask(register, MlOpsJson.Compact);
        builder.Services.AddEmbeddedTaskHub(options => options.Path = folder["hub.db"]);
        var host = builder.Build();
        await host.StartAsync();
        return new TestHub(folder, host);
    }

    /// <summary>Runs an orchestration to its end.</summary>
    public async Task<OrchestrationMetadata> RunAsync(string name, object input, string? id = null) =>
        await EndOfAsync(await Client.ScheduleNewOrchestrationInstanceAsync(name, input, new() { InstanceId = id }));

    public Task<OrchestrationMetadata> EndOfAsync(string id) => Client.EndOfAsync(id);

    /// <summary>Turns the clock to the next timer as soon as nothing else is to be done, until an orchestration has ended.</summary>
    public async Task<OrchestrationMetadata> TurnClockUntilEndAsync(string id, ManualTime time)
    {
        var ended = await Eventually.GetAsync(
            async () =>
            {
                var instance = await Client.GetInstanceAsync(id, getInputsAndOutputs: true);
                if (instance is not { IsCompleted: true } && DueOf(await Client.GetHistoryAsync(id)) is { } due && due > time.GetUtcNow()) time.Advance(due - time.GetUtcNow());
                return instance;
            },
            instance => instance is { IsCompleted: true });
        return ended!;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _folder.Dispose();
    }

    /// <summary>When the next timer rings, if timers are all that the orchestration waits for.</summary>
    private static DateTimeOffset? DueOf(IReadOnlyList<HistoryEvent> history)
    {
        var done = history.Where(e => e.TaskCompleted is not null || e.TaskFailed is not null).Select(e => e.TaskCompleted?.TaskScheduledId ?? e.TaskFailed.TaskScheduledId).ToHashSet();
        if (history.Any(e => e.TaskScheduled is not null && !done.Contains(e.EventId))) return null;
        var fired = history.Where(e => e.TimerFired is not null).Select(e => e.TimerFired.TimerId).ToHashSet();
        return history.LastOrDefault(e => e.TimerCreated is not null && !fired.Contains(e.EventId))?.TimerCreated.FireAt.ToDateTimeOffset();
    }
}

internal static class Waiting
{
    /// <summary>Waits until an orchestration has ended.</summary>
    public static async Task<OrchestrationMetadata> EndOfAsync(this DurableTaskClient client, string id)
    {
        using var patience = new CancellationTokenSource(TestHub.Patience);
        try
        {
            return await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, patience.Token);
        }
        catch (OperationCanceledException over)
        {
            throw new TimeoutException($"{id} did not end within {TestHub.Patience}: {await client.GetInstanceAsync(id)}", over);
        }
    }
}

/// <summary>Functions in place of activities, and the names of those that were called, in order.</summary>
internal sealed class Activities
{
    private readonly ConcurrentDictionary<string, Func<JsonElement, object?>> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _calls = new();

    public IReadOnlyList<string> Calls => [.. _calls];

    /// <summary>What an activity answers.</summary>
    public Activities On(string name, Func<JsonElement, object?> answer)
    {
        _answers[name] = answer;
        return this;
    }

    public Activities On(string name, object? answer) => On(name, _ => answer);

    public void Register(DurableTaskRegistry registry)
    {
        foreach (var name in _answers.Keys)
        {
            registry.AddActivityFunc<JsonElement, object?>(name, (_, input) =>
            {
                _calls.Enqueue(name);
                return Task.FromResult(_answers[name](input));
            });
        }
    }
}
