using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MlOps.DurableTask.Sqlite;

/// <summary>Adds the embedded task hub to an application.</summary>
public static class TaskHubServices
{
    /// <summary>
    /// Runs the registered orchestrators and activities in this process, on one SQLite file, and registers the
    /// <see cref="DurableTaskClient"/> for them. The hub starts and stops with the host; a start fails with
    /// <see cref="TaskHubInUseException"/> when another process has the file. Time comes from a registered <see cref="TimeProvider"/>, if any.
    /// </summary>
    public static IServiceCollection AddEmbeddedTaskHub(this IServiceCollection services, Action<TaskHubOptions> configure)
    {
        services.AddDurableTask(_ => { });
        services.AddOptions<TaskHubOptions>().Configure(configure).ValidateDataAnnotations()
            .Validate(o => o.MaxConcurrentActivitiesByName.Values.All(limit => limit >= 1), "MaxConcurrentActivitiesByName: every limit must be at least 1.")
            .ValidateOnStart();
        // Called by several parts of an application, it is still one hub, started once; their settings add up.
        if (services.Any(service => service.ServiceType == typeof(EmbeddedTaskHub)))
            return services;
        services.AddSingleton<EmbeddedTaskHub>();
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddedTaskHub>());
        services.TryAddSingleton<DurableTaskClient, EmbeddedTaskHubClient>();
        return services;
    }
}
