using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Replay;

/// <summary>Compares what history recorded with what the code does now, and words it for the one who has to repair it.</summary>
internal static class ActionDescriptions
{
    /// <summary>The difference between a recorded action and the code's; <see langword="null"/> when they agree.</summary>
    public static string? Mismatch(HistoryEvent recorded, OrchestratorAction action) => recorded.EventTypeCase switch
    {
        // A history whose inputs were left out cannot disagree about them.
        HistoryEvent.EventTypeOneofCase.TaskScheduled when action.ScheduleTask is { } now && now.Name == recorded.TaskScheduled.Name =>
            recorded.TaskScheduled.Input is null || recorded.TaskScheduled.Input == now.Input ? null : "with another input",
        HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCreated
            when action.CreateSubOrchestration is { } now && now.Name == recorded.SubOrchestrationInstanceCreated.Name =>
            now.InstanceId != recorded.SubOrchestrationInstanceCreated.InstanceId ? "with another instance id"
            : recorded.SubOrchestrationInstanceCreated.Input is null || recorded.SubOrchestrationInstanceCreated.Input == now.Input ? null : "with another input",
        // Another duration is no difference in what happens next: the recorded timer counts.
        HistoryEvent.EventTypeOneofCase.TimerCreated when action.CreateTimer is not null => null,
        HistoryEvent.EventTypeOneofCase.EventSent when action.SendEvent is { } now && now.Name == recorded.EventSent.Name =>
            now.Instance.InstanceId == recorded.EventSent.InstanceId ? null : "to another instance",
        _ => "",
    };

    public static string Describe(HistoryEvent recorded) => recorded.EventTypeCase switch
    {
        HistoryEvent.EventTypeOneofCase.TaskScheduled => $"activity '{recorded.TaskScheduled.Name}' (#{recorded.EventId})",
        HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCreated =>
            $"sub-orchestration '{recorded.SubOrchestrationInstanceCreated.Name}' (#{recorded.EventId})",
        HistoryEvent.EventTypeOneofCase.TimerCreated => $"a timer (#{recorded.EventId})",
        HistoryEvent.EventTypeOneofCase.EventSent => $"event '{recorded.EventSent.Name}' sent to '{recorded.EventSent.InstanceId}' (#{recorded.EventId})",
        _ => $"{recorded.EventTypeCase} (#{recorded.EventId})",
    };

    public static string Describe(OrchestratorAction action) => action.OrchestratorActionTypeCase switch
    {
        OrchestratorAction.OrchestratorActionTypeOneofCase.ScheduleTask => $"calls activity '{action.ScheduleTask.Name}' (#{action.Id})",
        OrchestratorAction.OrchestratorActionTypeOneofCase.CreateSubOrchestration =>
            $"calls sub-orchestration '{action.CreateSubOrchestration.Name}' (#{action.Id})",
        OrchestratorAction.OrchestratorActionTypeOneofCase.CreateTimer => $"makes a timer (#{action.Id})",
        OrchestratorAction.OrchestratorActionTypeOneofCase.SendEvent =>
            $"sends event '{action.SendEvent.Name}' to '{action.SendEvent.Instance.InstanceId}' (#{action.Id})",
        OrchestratorAction.OrchestratorActionTypeOneofCase.CompleteOrchestration => action.CompleteOrchestration.OrchestrationStatus switch
        {
            OrchestrationStatus.Failed => $"fails with {action.CompleteOrchestration.FailureDetails.ErrorType}: {action.CompleteOrchestration.FailureDetails.ErrorMessage}",
            OrchestrationStatus.ContinuedAsNew => "continues as new",
            _ => "returns",
        },
        _ => action.OrchestratorActionTypeCase.ToString(),
    };
}
