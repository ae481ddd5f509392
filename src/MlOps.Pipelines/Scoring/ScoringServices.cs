using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.DurableTask;
using MlOps.Pipelines.Triggers;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Scoring;

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
            .AddSingleton<ScoringDesk>(p => new(
                p.GetRequiredService<ScoringStore>(), p.GetRequiredService<EndpointStore>(), p.GetRequiredService<ScoringDrops>(), p.GetRequiredService<ScoringSettings>(), p.GetRequiredService<IBlobStore>(),
                p.GetRequiredService<DurableTaskClient>(), p.GetRequiredService<IOptions<PipelineOptions>>(), p.GetRequiredService<TimeProvider>()))
            .AddSingleton<ScoringScan>(p => new(
                p.GetRequiredService<IIncomingFiles>(), p.GetRequiredService<ScoringDesk>(), p.GetRequiredService<ScoringStore>(), p.GetRequiredService<EndpointStore>(),
                p.GetRequiredService<IOptions<PipelineOptions>>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<ScoringScan>>()))
            .AddSingleton<ScoringArrivals>(p => new(p.GetRequiredService<IIncomingFiles>(), p.GetRequiredService<ScoringRetention>(), p.GetRequiredService<DurableTaskClient>()));
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
