using MlOps.Core.Approvals;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Approvals;

internal sealed record ApprovalRequest(string RunId, ModelRef Model);

/// <summary>Waits for people's decision on a candidate, however long it takes, up to the pipeline's limit; reminds and escalates on the way.</summary>
internal sealed class Approval : TaskOrchestrator<ApprovalRequest, ApprovalDecision>
{
    public override async Task<ApprovalDecision> RunAsync(TaskOrchestrationContext context, ApprovalRequest input)
    {
        var terms = await context.CallActivityAsync<ApprovalTerms>(nameof(RequestApproval), input, StepRetry.Options);
        var decided = terms.Decided || await DecidedInTimeAsync(context, input, terms.Schedule);
        return await context.CallActivityAsync<ApprovalDecision>(nameof(CloseApproval), new ApprovalClosing(input.RunId, input.Model, decided), StepRetry.Options);
    }

    /// <summary>The event says only that there is a decision; what it is stands in the request's record, where the rules made it.</summary>
    private static async Task<bool> DecidedInTimeAsync(TaskOrchestrationContext context, ApprovalRequest input, ApprovalSchedule schedule)
    {
        var decision = context.WaitForExternalEvent<ApprovalDecision>(ApprovalEvents.Decided);
        for (var moment = schedule.NextAfter(null); ; moment = schedule.NextAfter(moment))
        {
            using var decided = new CancellationTokenSource();
            var due = context.CreateTimer(moment.At.UtcDateTime, decided.Token);
            if (await Task.WhenAny(decision, due) == decision)
            {
                decided.Cancel();
                return true;
            }

            if (moment.Kind is ApprovalMomentKind.End) return false;
            await TryAskAgainAsync(context, moment.Kind is ApprovalMomentKind.Reminder ? nameof(RemindApprovers) : nameof(EscalateApproval), new(input.RunId, moment.Reminders));
        }
    }

    /// <summary>A reminder that fails must not end the wait for the decision.</summary>
    private static async Task TryAskAgainAsync(TaskOrchestrationContext context, string activity, ApprovalReminder reminder)
    {
        try
        {
            await context.CallActivityAsync(activity, reminder, StepRetry.Options);
        }
        catch (TaskFailedException failure)
        {
            context.CreateReplaySafeLogger<Approval>().ReminderFailed(reminder.RunId, StepRetry.RootMessage(failure.FailureDetails));
        }
    }
}
