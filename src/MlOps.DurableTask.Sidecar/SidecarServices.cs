using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.DurableTask.Sidecar.Workers;
using MlOps.DurableTask.Sqlite;

namespace MlOps.DurableTask.Sidecar;

/// <summary>Adds the gRPC sidecar to an application that has the embedded task hub.</summary>
public static class SidecarServices
{
    /// <summary>
    /// Offers the embedded task hub as <c>TaskHubSidecarService</c> on the loopback address: clients and workers written with the Durable
    /// Task SDKs of other languages connect there. Orchestrators and activities registered here still run here; all others wait for a
    /// connected worker. Call it after <see cref="TaskHubServices.AddEmbeddedTaskHub"/>, so that it starts after the hub and stops before.
    /// </summary>
    public static IServiceCollection AddTaskHubSidecar(this IServiceCollection services, Action<SidecarOptions>? configure = null)
    {
        services.AddOptions<SidecarOptions>().Configure(configure ?? (_ => { })).ValidateDataAnnotations().ValidateOnStart();
        if (services.Any(service => service.ServiceType == typeof(TaskHubSidecar)))
            return services;
        services.TryAddSingleton<RemoteWorkers>();
        services.TryAddSingleton<IRemoteWorkers>(provider => provider.GetRequiredService<RemoteWorkers>());
        services.AddSingleton(provider => new TaskHubSidecar(
            provider.GetRequiredService<DurableTaskClient>(), provider.GetRequiredService<RemoteWorkers>(),
            provider.GetRequiredService<IOptions<SidecarOptions>>(), provider.GetRequiredService<ILoggerFactory>(), provider.GetService<TimeProvider>()));
        services.AddHostedService(provider => provider.GetRequiredService<TaskHubSidecar>());
        return services;
    }
}
