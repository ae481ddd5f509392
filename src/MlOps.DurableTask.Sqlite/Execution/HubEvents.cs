using System.Security.Cryptography;
using Google.Protobuf.WellKnownTypes;
using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>History events that the hub makes. Events that answer no action have the id -1, as the protocol has it.</summary>
internal static class HubEvents
{
    private const int NoAction = -1;

    public static HistoryEvent At(DateTimeOffset time) => new() { EventId = NoAction, Timestamp = Timestamp.FromDateTimeOffset(time) };

    /// <summary>The first event of an execution, under a new execution id.</summary>
    public static HistoryEvent ExecutionStarted(
        DateTimeOffset time, string instanceId, string name, string? version, string? input, IEnumerable<KeyValuePair<string, string>>? tags = null,
        ParentInstanceInfo? parent = null, DateTimeOffset? startAt = null)
    {
        var started = new ExecutionStartedEvent
        {
            Name = name,
            Version = version,
            Input = input,
            OrchestrationInstance = new OrchestrationInstance
            {
                InstanceId = instanceId,
                ExecutionId = RandomNumberGenerator.GetHexString(32, lowercase: true),
            },
            ParentInstance = parent,
            ScheduledStartTimestamp = startAt is { } at ? Timestamp.FromDateTimeOffset(at) : null,
        };
        foreach (var (key, value) in tags ?? [])
            started.Tags.Add(key, value);
        var happened = At(time);
        happened.ExecutionStarted = started;
        return happened;
    }

    public static HistoryEvent EventRaised(DateTimeOffset time, string name, string? input)
    {
        var happened = At(time);
        happened.EventRaised = new EventRaisedEvent { Name = name, Input = input };
        return happened;
    }

    public static HistoryEvent ExecutionTerminated(DateTimeOffset time, string? output, bool recurse)
    {
        var happened = At(time);
        happened.ExecutionTerminated = new ExecutionTerminatedEvent { Input = output, Recurse = recurse };
        return happened;
    }

    public static HistoryEvent TimerFired(DateTimeOffset time, int timerId, long due)
    {
        var happened = At(time);
        happened.TimerFired = new TimerFiredEvent { TimerId = timerId, FireAt = Timestamp.FromDateTime(new DateTime(due, DateTimeKind.Utc)) };
        return happened;
    }

    public static HistoryEvent TaskFinished(DateTimeOffset time, int taskId, ActivityResponse response)
    {
        var happened = At(time);
        if (response.FailureDetails is null)
            happened.TaskCompleted = new TaskCompletedEvent { TaskScheduledId = taskId, Result = response.Result };
        else
            happened.TaskFailed = new TaskFailedEvent { TaskScheduledId = taskId, FailureDetails = response.FailureDetails };
        return happened;
    }

    /// <summary>What a parent is told when its sub-orchestration ends.</summary>
    public static HistoryEvent SubOrchestrationFinished(DateTimeOffset time, int taskId, CompleteOrchestrationAction completion, string instanceId)
    {
        var happened = At(time);
        if (completion.OrchestrationStatus == OrchestrationStatus.Completed)
        {
            happened.SubOrchestrationInstanceCompleted = new() { TaskScheduledId = taskId, Result = completion.Result };
            return happened;
        }
        var failure = completion.FailureDetails ?? new TaskFailureDetails(
            "MlOps.DurableTask.OrchestrationTerminated", $"Sub-orchestration '{instanceId}' was terminated.").ToMessage();
        happened.SubOrchestrationInstanceFailed = new() { TaskScheduledId = taskId, FailureDetails = failure };
        return happened;
    }
}
