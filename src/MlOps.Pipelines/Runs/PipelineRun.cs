using MlOps.Core.Approvals;
using MlOps.Core.Datasets;
using MlOps.Core.Evaluation;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Approvals;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Evaluation;
using MlOps.Pipelines.Features;
using MlOps.Pipelines.Registry;
using MlOps.Pipelines.Releases;
using MlOps.Pipelines.Training;

namespace MlOps.Pipelines.Runs;

/// <summary>One run of a pipeline: from incoming data to a released model, or to the reason why there is none.</summary>
internal sealed class PipelineRun : TaskOrchestrator<RunRequest, RunResult>
{
    public override async Task<RunResult> RunAsync(TaskOrchestrationContext context, RunRequest input)
    {
        var result = await TryProcessAsync(context, input);
        await context.CallActivityAsync(nameof(FinishRun), new FinishRunRequest(input.RunId, result), StepRetry.Options);
        return result;
    }

    private static async Task<RunResult> TryProcessAsync(TaskOrchestrationContext context, RunRequest input)
    {
        try
        {
            return await ProcessAsync(context, input);
        }
        catch (TaskFailedException failure)
        {
            return RunResult.Failed(StepRetry.RootMessage(failure.FailureDetails));
        }
    }

    private static async Task<RunResult> ProcessAsync(TaskOrchestrationContext context, RunRequest input)
    {
        var dataset = await context.CallActivityAsync<DatasetRef>(nameof(IngestDataset), input, StepRetry.Options);
        var verdict = await context.CallActivityAsync<ValidationVerdict>(nameof(ValidateDataset), dataset, StepRetry.Options);
        // Beside what follows: nobody waits for pages.
        var description = TryDescribeAsync(context, dataset);
        var result = verdict.MayTrain
            ? await TryTrainAsync(context, input, dataset)
            : RunResult.Rejected($"The dataset did not pass validation: {verdict.Reason}");
        await description;
        return result;
    }

    /// <summary>A run does not fail for want of a page; its journal tells why there is none.</summary>
    private static async Task TryDescribeAsync(TaskOrchestrationContext context, DatasetRef dataset)
    {
        try
        {
            await context.CallActivityAsync<DatasetDescription>(nameof(DescribeDataset), dataset, StepRetry.Options);
        }
        catch (TaskFailedException)
        {
            // The step noted it.
        }
    }

    private static async Task<RunResult> TryTrainAsync(TaskOrchestrationContext context, RunRequest input, DatasetRef dataset)
    {
        try
        {
            return await TrainAsync(context, input, dataset);
        }
        catch (TaskFailedException failure)
        {
            return RunResult.Failed(StepRetry.RootMessage(failure.FailureDetails));
        }
    }

    private static async Task<RunResult> TrainAsync(TaskOrchestrationContext context, RunRequest input, DatasetRef dataset)
    {
        var features = await context.CallActivityAsync<FeatureSetRef>(nameof(BuildFeatures), dataset, StepRetry.Options);
        if (features.Refusal is { } refusal) return RunResult.Rejected(refusal);
        var best = await context.CallSubOrchestratorAsync<TrialOutcome>(nameof(HyperparameterSearch), features, SubOf(input, "search"));

        var candidate = await context.CallActivityAsync<CandidateRef>(nameof(EvaluateCandidate), new CandidateRequest(features, best), StepRetry.Options);
        var champion = await context.CallActivityAsync<ChampionRef?>(nameof(EvaluateChampion), new ChampionRequest(features, input.Endpoint), StepRetry.Options);
        var gates = await context.CallActivityAsync<GateReport>(nameof(EvaluateGates), new GateRequest(candidate, champion), StepRetry.Options);
        if (!gates.Passed) return RunResult.Rejected($"The candidate did not pass its gates: {gates.Reason}");

        var model = await context.CallActivityAsync<ModelRef>(nameof(RegisterModel), new RegisterRequest(candidate, features, gates), StepRetry.Options);
        var decision = await context.CallSubOrchestratorAsync<ApprovalDecision>(nameof(Approval), new ApprovalRequest(input.RunId, model), SubOf(input, "approval"));
        if (!decision.Approved) return RunResult.Rejected($"{decision.By} rejected it: {decision.Reason}", model);

        var release = await context.CallSubOrchestratorAsync<ReleaseOutcome>(nameof(Release), ReleaseRequest.Of(input, model, decision), SubOf(input, "release"));
        return release.Passed ? RunResult.Released(model) : release.IsRefused ? RunResult.Rejected(release.Reason, model) : RunResult.Failed(release.Reason, model);
    }

    // Named, so that people and the approval API can address them.
    private static SubOrchestrationOptions SubOf(RunRequest run, string part) => new() { InstanceId = $"{run.RunId}:{part}" };
}
