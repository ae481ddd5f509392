using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MlOps.DurableTask.Sqlite.Tests;

/// <summary>A host with a task hub, as an application has it.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    private readonly IHost _host;

    private TestHub(IHost host) => _host = host;

    public static TimeSpan Patience => Eventually.Patience;

    public DurableTaskClient Client => _host.Services.GetRequiredService<DurableTaskClient>();

    public IServiceProvider Services => _host.Services;

    public EmbeddedTaskHub Hub => _host.Services.GetRequiredService<EmbeddedTaskHub>();

    public static async Task<TestHub> StartAsync(
        TemporaryFolder folder, Action<DurableTaskRegistry> register, Action<TaskHubOptions>? configure = null, TimeProvider? time = null,
        Action<IServiceCollection>? configureServices = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        if (time is not null)
            builder.Services.AddSingleton(time);
        configureServices?.Invoke(builder.Services);
        builder.Services.AddDurableTask(register);
        builder.Services.AddEmbeddedTaskHub(options =>
        {
            options.Path = folder["hub.db"];
            configure?.Invoke(options);
        });
        var built = builder.Build();
        try
        {
            await built.StartAsync();
        }
        catch
        {
            built.Dispose();
            throw;
        }
        return new TestHub(built);
    }

    public async Task<OrchestrationMetadata> RunAsync(string name, object? input = null, string? id = null) =>
        await CompletionOfAsync(await Client.ScheduleNewOrchestrationInstanceAsync(name, input, new() { InstanceId = id }));

    public async Task<OrchestrationMetadata> CompletionOfAsync(string id)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, patience.Token);
        }
        catch (OperationCanceledException over)
        {
            throw new TimeoutException($"{id} did not end within {Patience}: {await Client.GetInstanceAsync(id)}", over);
        }
    }

    public async Task<OrchestrationMetadata> UntilAsync(string id, Func<OrchestrationMetadata, bool> condition) =>
        (await Eventually.GetAsync(() => Client.GetInstanceAsync(id, getInputsAndOutputs: true), instance => instance is not null && condition(instance)))!;

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
