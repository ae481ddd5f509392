using Microsoft.Extensions.DependencyInjection;
using MlOps.Core.Json;
using MlOps.DurableTask;
using MlOps.Pipelines.Approvals;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Datasets.Operations;
using MlOps.Pipelines.Evaluation;
using MlOps.Pipelines.Examples;
using MlOps.Pipelines.Features;
using MlOps.Pipelines.Monitoring;
using MlOps.Pipelines.Notifications;
using MlOps.Pipelines.Registry;
using MlOps.Pipelines.Releases;
using MlOps.Pipelines.Retraining;
using MlOps.Pipelines.Scoring;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Training;
using MlOps.Pipelines.Training.AzureMl;
using MlOps.Pipelines.Triggers;

namespace MlOps.Pipelines;

/// <summary>The business process inside a host.</summary>
public static class PipelineServices
{
    /// <summary>Adds the orchestrators and activities. The host adds storage, a task hub, and a <see cref="ServingAddress"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="home">Folder that holds the incoming folders; <see langword="null"/>: they lie in the blob store.</param>
    /// <param name="runTriggers">Whether this process looks for files and times by itself. Without, something tells <see cref="Arrivals"/> and <see cref="ScheduledRuns"/>.</param>
    public static IServiceCollection AddPipelines(this IServiceCollection services, string? home, bool runTriggers)
    {
        services.AddOptions<PipelineOptions>().BindConfiguration("Pipelines").ValidateDataAnnotations().ValidateOnStart();
        services
            .AddSingleton<PipelineCatalog>()
            .AddSingleton<RunSpecs>()
            .AddSingleton<WorkFolders>()
            .AddSingleton<DropFiles>()
            .AddSingleton<RunStepServices>()
            .AddSingleton<TrainerProcess>()
            .AddSingleton<TrialSpecs>()
            .AddSingleton<TrialResults>()
            .AddAzureMl()
            .AddSingleton<ChampionData>()
            .AddSingleton<ChampionChecks>()
            .AddSingleton<DatasetExaminer>()
            .AddSingleton<DatasetDescriber>()
            .AddSingleton<DatasetDesk>(p => new(
                p.GetRequiredService<PipelineCatalog>(), p.GetRequiredService<Storage.Datasets.DatasetCatalog>(), p.GetRequiredService<DatasetExaminer>(),
                p.GetRequiredService<DatasetDescriber>(), p.GetRequiredService<WorkFolders>(), p.GetRequiredService<Storage.Audit.AuditLog>()))
            .AddSingleton<DatasetOperations>()
            .AddSingleton<TestPart>()
            .AddSingleton<CardWriter>()
            .AddSingleton<IIncomingFiles>(p => home is null ? ActivatorUtilities.CreateInstance<IncomingBlobs>(p) : ActivatorUtilities.CreateInstance<IncomingFolder>(p, home))
            .AddSingleton<IncomingScan>()
            .AddSingleton<Arrivals>(p => new(p.GetRequiredService<PipelineCatalog>(), p.GetRequiredService<IIncomingFiles>(), p.GetRequiredService<DurableTaskClient>()))
            .AddSingleton<ScheduledRuns>()
            .AddSingleton<RunStarter>(p => new(
                p.GetRequiredService<PipelineCatalog>(), p.GetRequiredService<Storage.Runs.RunStore>(), p.GetRequiredService<RunSpecs>(),
                p.GetRequiredService<Storage.Audit.AuditLog>(), p.GetRequiredService<DurableTaskClient>(), p.GetRequiredService<TimeProvider>(),
                p.GetRequiredService<Storage.Pipelines.PipelineChangeLog>(), p.GetRequiredService<Microsoft.Extensions.Logging.ILogger<RunStarter>>()))
            .AddSingleton<RunOnDemand>()
            .AddSingleton<RunCanceller>()
            .AddApprovals()
            .AddNotifications()
            .AddMonitoring(keepClock: runTriggers)
            .AddReleases()
            .AddRetraining()
            .AddScoring(watch: runTriggers)
            .AddSingleton<AlertIntake>(p => new(
                p.GetRequiredService<PipelineCatalog>(), p.GetRequiredService<Storage.Monitoring.AlertEventStore>(), p.GetRequiredService<AlertAnnouncer>(),
                p.GetRequiredService<Storage.Audit.AuditLog>()))
            .AddSingleton<Reconciler>(p => new(
                p.GetRequiredService<RunStarter>(), p.GetRequiredService<ApprovalDesk>(), p.GetRequiredService<Notifier>(), p.GetRequiredService<Retraining.RetrainingDesk>(),
                p.GetRequiredService<AlertAnnouncer>(), p.GetRequiredService<ScoringDesk>(), p.GetRequiredService<PipelineCatalog>(),
                p.GetRequiredService<Microsoft.Extensions.Logging.ILogger<Reconciler>>()))
            .AddSingleton<HttpClient>(p => p.GetService<ServingSignIn>() is { } signIn ? new(signIn) : new())
            .AddDurableTask(Register, MlOpsJson.Compact);
        if (runTriggers)
            services.AddHostedService<Reconciliation>().AddHostedService<IncomingWatcher>().AddHostedService<ScheduleTrigger>();
        return services;
    }

    /// <summary>Every orchestrator and activity, in the order of the process.</summary>
    private static void Register(DurableTaskRegistry registry) => registry
        .AddOrchestrator<DropExample>()
        .AddActivity<MakeExampleFiles>()
        .AddActivity<DropExampleFiles>()
        .AddOrchestrator<ArrivalWatch>()
        .AddActivity<LookForArrivals>()
        .AddOrchestrator<PipelineRun>()
        .AddActivity<IngestDataset>()
        .AddActivity<ValidateDataset>()
        .AddActivity<DescribeDataset>()
        .AddOrchestrator<DatasetWork>()
        .AddActivity<RevalidateDataset>()
        .AddActivity<CompareDatasets>()
        .AddActivity<BuildFeatures>()
        .AddOrchestrator<HyperparameterSearch>()
        .AddActivity<PlanSearch>()
        .AddActivity<TrainTrial>()
        .AddAzureMl()
        .AddActivity<ChooseTrial>()
        .AddActivity<EvaluateCandidate>()
        .AddActivity<EvaluateChampion>()
        .AddActivity<EvaluateGates>()
        .AddActivity<RegisterModel>()
        .AddApprovals()
        .AddReleases()
        .AddActivity<FinishRun>()
        .AddOrchestrator<CancelRun>()
        .AddActivity<StopRun>()
        .AddNotifications()
        .AddMonitoring()
        .AddRetraining()
        .AddScoring();
}
