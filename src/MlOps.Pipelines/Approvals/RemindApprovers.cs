using MlOps.Core.Approvals;
using MlOps.DurableTask;
using MlOps.Storage.Approvals;

namespace MlOps.Pipelines.Approvals;

/// <summary>A reminder, and its number.</summary>
internal sealed record ApprovalReminder(string RunId, int Number);

/// <summary>Asks those again who have not voted. Run again, the messages have the same ids and are sent once.</summary>
internal sealed class RemindApprovers(ApprovalStore approvals, ApprovalMessenger messenger) : TaskActivity<ApprovalReminder, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ApprovalReminder input)
    {
        if (await approvals.TryGetAsync(input.RunId, context.CancellationToken) is not { Decision: null } request) return false;
        await messenger.SendReminderAsync(request, input.Number, context.CancellationToken);
        return true;
    }
}

/// <summary>Lets further people vote, and asks them. Safe to run again.</summary>
internal sealed class EscalateApproval(ApprovalStore approvals, ApprovalMessenger messenger) : TaskActivity<ApprovalReminder, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ApprovalReminder input)
    {
        var outcome = await approvals.EscalateAsync(input.RunId, context.CancellationToken);
        if (outcome.Status is not DecisionStatus.Recorded) return false;
        await messenger.SendEscalationAsync(outcome.Request!, context.CancellationToken);
        return true;
    }
}
