using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MlOps.Monitoring.Labels;
using MlOps.Monitoring.Logging;

namespace MlOps.Monitoring;

/// <summary>The prediction log and the inbox of labels inside a host.</summary>
public static class MonitoringServices
{
    /// <summary>Adds what answers predictions: the log. The host adds storage.</summary>
    public static IServiceCollection AddPredictionLog(this IServiceCollection services)
    {
        services.AddOptions<PredictionLogOptions>().BindConfiguration("PredictionLog").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<MonitoringSettings>();
        return services
            .AddSingleton<PredictionLog>()
            .AddHostedService(provider => provider.GetRequiredService<PredictionLog>());
    }

    /// <summary>Adds what takes labels in and counts them.</summary>
    public static IServiceCollection AddLabels(this IServiceCollection services)
    {
        services.TryAddSingleton<MonitoringSettings>();
        return services.AddSingleton<LabelInbox>().AddSingleton<LabelLedger>();
    }
}
