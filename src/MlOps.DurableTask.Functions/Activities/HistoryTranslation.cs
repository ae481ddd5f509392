using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;

namespace MlOps.DurableTask.Functions.Activities;

/// <summary>
/// Puts the envelopes around activity calls on and takes them off, so that neither the orchestrators nor replay know of them: an
/// orchestration sees the same history here and on the embedded task hub.
/// </summary>
internal static class HistoryTranslation
{
    /// <summary>Takes the envelopes off a work item's history.</summary>
    public static void Unwrap(OrchestratorRequest request)
    {
        foreach (var happened in request.PastEvents.Concat(request.NewEvents))
        {
            if (happened.TaskScheduled is { } scheduled && ActivityCall.TryRead(scheduled.Input) is { } call)
                scheduled.Input = call.Input;
            else if (happened.TaskCompleted is { } completed && ActivityOutcome.TryRead(completed.Result) is { } outcome)
                Unwrap(happened, completed, outcome);
        }
    }

    /// <summary>Puts the envelopes on what the orchestrator decided.</summary>
    public static void Wrap(OrchestratorResponse response, OrchestratorRequest request)
    {
        var started = request.PastEvents.Concat(request.NewEvents).FirstOrDefault(e => e.ExecutionStarted is not null);
        if (started is null) return;
        var token = ExecutionToken.Of(started);
        foreach (var action in response.Actions.Where(a => a.ScheduleTask is not null))
        {
            var key = ExecutionToken.IdempotencyKey(request.InstanceId, token, action.Id);
            action.ScheduleTask.Input = new ActivityCall(action.Id, key, action.ScheduleTask.Input).Write();
        }
    }

    private static void Unwrap(HistoryEvent happened, TaskCompletedEvent completed, ActivityOutcome outcome)
    {
        if (outcome.Failure is { } failure)
            happened.TaskFailed = new TaskFailedEvent { TaskScheduledId = completed.TaskScheduledId, FailureDetails = failure };
        else
            completed.Result = outcome.Result;
    }
}
