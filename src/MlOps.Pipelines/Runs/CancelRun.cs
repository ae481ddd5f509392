using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Training.AzureMl;
using MlOps.Storage.Approvals;

namespace MlOps.Pipelines.Runs;

internal sealed record CancelRunRequest(string RunId, string By, string Reason);

/// <summary>Ends a run that a person has cancelled. Its status comes first: whatever its activities still write, it stays cancelled.</summary>
internal sealed class CancelRun : TaskOrchestrator<CancelRunRequest, bool>
{
    public override async Task<bool> RunAsync(TaskOrchestrationContext context, CancelRunRequest input)
    {
        var result = RunResult.Cancelled($"{input.By} cancelled it: {input.Reason}");
        await context.CallActivityAsync(nameof(FinishRun), new FinishRunRequest(input.RunId, result), StepRetry.Options);
        await context.CallActivityAsync(nameof(StopRun), input, StepRetry.Options);
        await context.CallActivityAsync(nameof(CancelTrainingJobs), input.RunId, StepRetry.Options);
        return true;
    }
}

/// <summary>Stops a run's orchestrations with all that they started, and closes what waits for a person.</summary>
internal sealed class StopRun(RunStepServices services, ApprovalStore approvals, DurableTaskClient client) : TaskActivity<CancelRunRequest, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, CancelRunRequest input)
    {
        var cancellationToken = context.CancellationToken;
        await client.TerminateInstanceAsync(input.RunId, input.Reason, recursive: true, cancellationToken);
        if (await approvals.TellAsync(input.RunId, cancellationToken) is { Decision: null })
            await approvals.CloseAsync(input.RunId, approved: false, input.By, $"The run was cancelled: {input.Reason}", cancellationToken);
        foreach (var step in (await services.Runs.ListStepsAsync(input.RunId, cancellationToken)).Where(s => s.Status is StepStatus.Running))
            await services.Runs.FinishStepAsync(input.RunId, step.Step, StepStatus.Failed, "cancelled", null, cancellationToken);
        return true;
    }
}
