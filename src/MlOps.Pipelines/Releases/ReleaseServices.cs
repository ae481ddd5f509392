using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;
using MlOps.Monitoring.Logging;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Staging;
using MlOps.Storage.Audit;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;
using MlOps.Storage.Releases;

namespace MlOps.Pipelines.Releases;

internal static class ReleaseServices
{
    /// <summary>Adds what releases and their tests need.</summary>
    public static IServiceCollection AddReleases(this IServiceCollection services) => services
        .AddSingleton<ReleaseJournal>()
        .AddSingleton<ReleaseMessenger>()
        .AddSingleton<StagedEndpoint>()
        .AddSingleton<IApplicationTest, GoldenTest>()
        .AddSingleton<IApplicationTest, ContractTest>()
        .AddSingleton<IApplicationTest, BadInputTest>()
        .AddSingleton<IApplicationTest, LoadTest>()
        .AddSingleton<RecentRequests>()
        .AddSingleton<IApplicationTest, ReplayTest>()
        .AddSingleton<ReleaseDesk>(p => new(
            p.GetRequiredService<ReleaseStore>(), p.GetRequiredService<EndpointStore>(), p.GetRequiredService<ModelRegistry>(), p.GetRequiredService<RunSpecs>(),
            p.GetRequiredService<AuditLog>(), p.GetRequiredService<DurableTaskClient>(), p.GetRequiredService<TimeProvider>()));

    /// <summary>Orchestrators and activities, in the order of the process.</summary>
    public static DurableTaskRegistry AddReleases(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<Release>()
        .AddActivity<OpenRelease>()
        .AddActivity<HoldEndpoint>()
        .AddActivity<SetTraffic>()
        .AddActivity<TestCandidate>()
        .AddActivity<RequestCertificate>()
        .AddActivity<ReadCertificate>()
        .AddActivity<PlanTraffic>()
        .AddOrchestrator<Rollout>()
        .AddActivity<AwaitWindow>()
        .AddActivity<CheckTraffic>()
        .AddActivity<VerifyEndpoint>()
        .AddActivity<CompleteRelease>()
        .AddActivity<PromoteModel>()
        .AddActivity<TakeBackRelease>()
        .AddActivity<CloseRelease>()
        .AddOrchestrator<Rollback>()
        .AddActivity<RestoreRevision>()
        .AddActivity<AlignStages>();
}
