using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;

namespace MlOps.Pipelines.Scoring;

/// <summary>Batch scoring inside a host.</summary>
internal static class ScoringServices
{
    public static IServiceCollection AddScoring(this IServiceCollection services) => services
        .AddSingleton<ScoringJobs>()
        .AddSingleton<ScoringDesk>(p => ActivatorUtilities.CreateInstance<ScoringDesk>(p));

    public static DurableTaskRegistry AddScoring(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<BatchScoring>()
        .AddActivity<PrepareScoring>()
        .AddActivity<ScoreChunk>()
        .AddActivity<CloseScoring>();
}
