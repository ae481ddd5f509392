using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;
using MlOps.Monitoring.Logging;
using MlOps.Pipelines.Staging;

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
        .AddSingletonMadeHere<ReleaseDesk>();

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
