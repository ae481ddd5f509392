using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlOps.DurableTask.Sqlite;

namespace MlOps.DurableTask.Sidecar.Tests;

/// <summary>A host with a task hub and the sidecar in front of it, on a port of its own.</summary>
internal sealed class SidecarHost : IAsyncDisposable
{
    private readonly IHost _host;

    private SidecarHost(IHost host) => _host = host;

    public DurableTaskClient Client => _host.Services.GetRequiredService<DurableTaskClient>();

    public string Address => _host.Services.GetRequiredService<TaskHubSidecar>().Address;

    public static async Task<SidecarHost> StartAsync(
        TemporaryFolder folder, Action<DurableTaskRegistry>? register = null, Action<SidecarOptions>? configure = null, int? maxPayloadBytes = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDurableTask(register ?? (_ => { }));
        builder.Services.AddEmbeddedTaskHub(hub =>
        {
            hub.Path = folder["hub.db"];
            hub.MaxPayloadBytes = maxPayloadBytes ?? hub.MaxPayloadBytes;
        });
        builder.Services.AddTaskHubSidecar(sidecar =>
        {
            sidecar.Port = 0;
            configure?.Invoke(sidecar);
        });
        var built = builder.Build();
        await built.StartAsync();
        return new SidecarHost(built);
    }

    public async Task<OrchestrationMetadata> CompletionOfAsync(string id)
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
