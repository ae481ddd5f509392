using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;
using MlOps.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Monitors inside a host.</summary>
internal static class MonitoringServices
{
    public static IServiceCollection AddMonitoring(this IServiceCollection services) => services
        .AddLabels()
        .AddSingleton<PredictionArchive>()
        .AddSingleton<AlertAnnouncer>()
        .AddHostedService<MonitoringPublisher>();

    public static DurableTaskRegistry AddMonitoring(this DurableTaskRegistry registry) => registry;
}
