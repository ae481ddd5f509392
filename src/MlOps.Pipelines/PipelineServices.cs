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
            .AddSingletonMadeHere<DatasetDesk>()
            .AddSingleton<DatasetOperations>()
            .AddSingleton<TestPart>()
            .AddSingleton<CardWriter>()
            .AddSingleton<IIncomingFiles>(p => home is null ? ActivatorUtilities.CreateInstance<IncomingBlobs>(p) : ActivatorUtilities.CreateInstance<IncomingFolder>(p, home))
            .AddSingleton<IncomingScan>()
            .AddSingletonMadeHere<Arrivals>()
            .AddSingleton<ScheduledRuns>()
            .AddSingletonMadeHere<RunStarter>()
            .AddSingleton<RunOnDemand>()
            .AddSingleton<RunCanceller>()
            .AddApprovals()
            .AddNotifications()
            .AddMonitoring(keepClock: runTriggers)
            .AddReleases()
            .AddRetraining()
            .AddScoring(watch: runTriggers)
            .AddSingletonMadeHere<AlertIntake>()
            .AddSingletonMadeHere<Reconciler>()
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
