namespace MlOps.DurableTask;

/// <summary>Where an instance is in its life. The numbers are the protocol's.</summary>
public enum OrchestrationRuntimeStatus
{
    /// <summary>It has started and is not finished.</summary>
    Running = 0,

    /// <summary>It returned.</summary>
    Completed = 1,

    /// <summary>It is between two executions; clients do not see this of the embedded hub.</summary>
    ContinuedAsNew = 2,

    /// <summary>It threw.</summary>
    Failed = 3,

    /// <summary>Reserved by the protocol.</summary>
    Canceled = 4,

    /// <summary>A client ended it.</summary>
    Terminated = 5,

    /// <summary>It is accepted and has not started.</summary>
    Pending = 6,

    /// <summary>A client paused it; it keeps its events until it is resumed.</summary>
    Suspended = 7,
}

/// <summary>What follows from a status.</summary>
public static class OrchestrationRuntimeStatusRules
{
    /// <summary>Whether nothing will happen any more: completed, failed, cancelled or terminated.</summary>
    public static bool IsFinal(this OrchestrationRuntimeStatus status) => status is
        OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed
        or OrchestrationRuntimeStatus.Canceled or OrchestrationRuntimeStatus.Terminated;
}
