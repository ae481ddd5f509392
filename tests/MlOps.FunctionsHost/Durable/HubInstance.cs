using Google.Protobuf.WellKnownTypes;
using MlOps.DurableTask.Protocol;

namespace MlOps.FunctionsHost.Durable;

/// <summary>An orchestration instance as the extension's storage keeps it.</summary>
internal sealed class HubInstance(string id, string name, string executionId, DateTimeOffset created)
{
    public string Id { get; } = id;

    public string Name { get; } = name;

    public DateTimeOffset Created { get; } = created;

    /// <summary>Changes with continue-as-new: answers to calls of an execution before are nobody's.</summary>
    public string ExecutionId { get; set; } = executionId;

    public OrchestrationStatus Status { get; set; } = OrchestrationStatus.Pending;

    public DateTimeOffset Updated { get; set; } = created;

    public string? Input { get; set; }

    public string? Output { get; set; }

    public string? CustomStatus { get; set; }

    public TaskFailureDetails? Failure { get; set; }

    /// <summary>Who waits for the end of it, and as which of its calls.</summary>
    public (string Id, int TaskScheduledId)? Parent { get; init; }

    public List<HistoryEvent> History { get; } = [];

    public Queue<HistoryEvent> Inbox { get; } = [];

    /// <summary>Whether somebody works on its inbox: of one instance, one turn at a time.</summary>
    public bool IsTurning { get; set; }

    public int NextActionId { get; set; }

    public bool IsFinished => Status is OrchestrationStatus.Completed or OrchestrationStatus.Failed or OrchestrationStatus.Terminated or OrchestrationStatus.Canceled;

    public HistoryEvent StartedEvent(string? input, DateTimeOffset now) => new()
    {
        EventId = -1,
        Timestamp = Timestamp.FromDateTimeOffset(now),
        ExecutionStarted = new()
        {
            Name = Name,
            Version = "",
            Input = input,
            OrchestrationInstance = new() { InstanceId = Id, ExecutionId = ExecutionId },
            ParentInstance = Parent is { } parent ? new() { TaskScheduledId = parent.TaskScheduledId, OrchestrationInstance = new() { InstanceId = parent.Id } } : null,
        },
    };
}
