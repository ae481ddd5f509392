using MlOps.Core.Approvals;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Approvals;

internal sealed record ApprovalRequest(string RunId, ModelRef Model);

/// <summary>Waits for a person's decision on a candidate, however long it takes, up to the pipeline's limit.</summary>
internal sealed class Approval : TaskOrchestrator<ApprovalRequest, ApprovalDecision>
{
    public override async Task<ApprovalDecision> RunAsync(TaskOrchestrationContext context, ApprovalRequest input)
    {
        var terms = await context.CallActivityAsync<ApprovalTerms>(nameof(RequestApproval), input, StepRetry.Options);
        var decided = terms.Decided || await DecidedInTimeAsync(context, terms.ExpiresAt);
        return await context.CallActivityAsync<ApprovalDecision>(nameof(CloseApproval), new ApprovalClosing(input.RunId, input.Model, decided), StepRetry.Options);
    }

    /// <summary>The event says only that there is a decision; what it is stands in the request's record, where the first one wins.</summary>
    private static async Task<bool> DecidedInTimeAsync(TaskOrchestrationContext context, DateTimeOffset expiresAt)
    {
        try
        {
            await context.WaitForExternalEvent<ApprovalDecision>(ApprovalEvents.Decided, expiresAt.UtcDateTime - context.CurrentUtcDateTime);
            return true;
        }
        catch (TaskCanceledException)
        {
            return false;
        }
    }
}
