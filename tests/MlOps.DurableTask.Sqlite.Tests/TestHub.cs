using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MlOps.DurableTask.Sqlite.Tests;

/// <summary>A host with a task hub, as an application has it.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    private readonly IHost host;

    private TestHub(IHost host) => this.host = host;

    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    public DurableTaskClient Client => host.Services.GetRequiredService<DurableTaskClient>();

    public IServiceProvider Services => host.Services;

    public EmbeddedTaskHub Hub => host.Services.GetRequiredService<EmbeddedTaskHub>();

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
            options.Path = folder.File("hub.db");
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
        return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, patience.Token);
    }

    public async Task<OrchestrationMetadata> UntilAsync(string id, Func<OrchestrationMetadata, bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await Client.GetInstanceAsync(id, getInputsAndOutputs: true, patience.Token) is { } instance && condition(instance))
                return instance;
            await Task.Delay(5, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
