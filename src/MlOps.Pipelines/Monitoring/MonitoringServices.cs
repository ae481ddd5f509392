using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;
using MlOps.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Monitors inside a host.</summary>
internal static class MonitoringServices
{
    /// <param name="services">The host's services.</param>
    /// <param name="keepClock">Whether this process starts monitors at their times by itself.</param>
    public static IServiceCollection AddMonitoring(this IServiceCollection services, bool keepClock)
    {
        services
            .AddLabels()
            .AddSingleton<PredictionArchive>()
            .AddSingletonMadeHere<PredictionReader>()
            .AddSingletonMadeHere<PredictionKeeper>()
            .AddSingleton<ReferenceScores>()
            .AddSingleton<ChanceFiles>()
            .AddSingleton<MonitorContexts>()
            .AddSingleton<AlertKeeper>()
            .AddSingleton<AlertAnnouncer>()
            .AddSingleton<MonitorStarter>()
            .AddHostedService<MonitoringPublisher>();
        return keepClock ? services.AddHostedService<MonitorSchedule>().AddHostedService<PredictionTidying>() : services;
    }

    public static DurableTaskRegistry AddMonitoring(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<MonitorRun>()
        .AddActivity<UpdatePredictions>()
        .AddActivity<MeasureWindow>()
        .AddActivity<FindLateWindows>()
        .AddActivity<JudgeMonitors>()
        .AddActivity<AnnounceAlerts>();
}
