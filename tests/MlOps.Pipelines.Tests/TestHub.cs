using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlOps.Core.Json;
using MlOps.DurableTask;
using MlOps.DurableTask.Sqlite;

namespace MlOps.Pipelines.Tests;

/// <summary>A task hub with the real orchestrators, and functions in place of their activities.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly IHost _host;

    private TestHub(TemporaryFolder folder, IHost host) => (_folder, _host) = (folder, host);

    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(1);

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

    public async Task<OrchestrationMetadata> EndOfAsync(string id)
    {
        using var patience = new CancellationTokenSource(Patience);
        return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _folder.Dispose();
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
