using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MlOps.DurableTask.Replay;

namespace MlOps.DurableTask;

/// <summary>Adds orchestrators and activities to an application.</summary>
public static class DurableTaskServices
{
    /// <summary>
    /// Registers orchestrators and activities, and what runs them. May be called by several parts of an application: all fill the same
    /// registry. A task hub or host adapter is added separately.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="register">Names the orchestrators and activities.</param>
    /// <param name="json">How payloads are written. Default: <see cref="PayloadSerializer.DefaultOptions"/>; the first call that gives some decides.</param>
    public static IServiceCollection AddDurableTask(
        this IServiceCollection services, Action<DurableTaskRegistry> register, JsonSerializerOptions? json = null)
    {
        var registry = (DurableTaskRegistry?)services.FirstOrDefault(s => s.ServiceType == typeof(DurableTaskRegistry))?.ImplementationInstance;
        if (registry is null)
        {
            registry = new DurableTaskRegistry();
            services.AddSingleton(registry);
        }
        register(registry);

        if (json is not null)
            services.TryAddSingleton(new PayloadSerializerOptions(json));
        services.TryAddSingleton(provider =>
            new PayloadSerializer(provider.GetService<PayloadSerializerOptions>()?.Json ?? PayloadSerializer.DefaultOptions));
        services.TryAddSingleton<OrchestratorExecutor>();
        services.TryAddSingleton<ActivityExecutor>();
        return services;
    }

    /// <summary>Carries the options through the container, where a bare <see cref="JsonSerializerOptions"/> could be anybody's.</summary>
    private sealed record PayloadSerializerOptions(JsonSerializerOptions Json);
}
