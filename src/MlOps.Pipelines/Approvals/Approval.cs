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
        if (!terms.Decided) await AskAsync(context, input);
        var decided = terms.Decided || await DecidedInTimeAsync(context, input, terms.Schedule);
        return await context.CallActivityAsync<ApprovalDecision>(nameof(CloseApproval), new ApprovalClosing(input.RunId, input.Model, decided), StepRetry.Options);
    }

    /// <summary>The request stands whether or not there is a page on it and somebody was told: it can be decided by id.</summary>
    private static async Task AskAsync(TaskOrchestrationContext context, ApprovalRequest input)
    {
        try
        {
            await context.CallActivityAsync(nameof(PrepareDossier), input, StepRetry.Options);
        }
        catch (TaskFailedException failure)
        {
            context.CreateReplaySafeLogger<Approval>().DossierFailed(input.RunId, StepRetry.RootMessage(failure.FailureDetails));
        }

        await TryAskAsync(context, nameof(AskApprovers), input, input.RunId);
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
            await TryAskAsync(context, moment.Kind is ApprovalMomentKind.Reminder ? nameof(RemindApprovers) : nameof(EscalateApproval), new ApprovalReminder(input.RunId, moment.Reminders), input.RunId);
        }
    }

    /// <summary>Who cannot be told must not end the wait for the decision.</summary>
    private static async Task TryAskAsync(TaskOrchestrationContext context, string activity, object question, string runId)
    {
        try
        {
            await context.CallActivityAsync(activity, question, StepRetry.Options);
        }
        catch (TaskFailedException failure)
        {
            context.CreateReplaySafeLogger<Approval>().ReminderFailed(runId, StepRetry.RootMessage(failure.FailureDetails));
        }
    }
}
