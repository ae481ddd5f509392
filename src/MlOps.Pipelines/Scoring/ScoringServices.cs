using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;

namespace MlOps.Pipelines.Scoring;

/// <summary>Batch scoring inside a host.</summary>
internal static class ScoringServices
{
    /// <param name="services">The host's services.</param>
    /// <param name="watch">Whether this process looks for files by itself.</param>
    public static IServiceCollection AddScoring(this IServiceCollection services, bool watch)
    {
        services
            .AddSingleton<ScoringDrops>()
            .AddSingleton<ScoringSettings>()
            .AddSingleton<CancellationWatch>()
            .AddSingleton<ScoringRetention>()
            .AddSingletonMadeHere<ScoringDesk>()
            .AddSingletonMadeHere<ScoringScan>()
            .AddSingletonMadeHere<ScoringArrivals>();
        return watch ? services.AddHostedService<ScoringWatcher>() : services;
    }

    public static DurableTaskRegistry AddScoring(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<ScoringWatch>()
        .AddActivity<LookForFilesToScore>()
        .AddOrchestrator<BatchScoring>()
        .AddActivity<PrepareScoring>()
        .AddActivity<ScoreChunk>()
        .AddActivity<CloseScoring>();
}
