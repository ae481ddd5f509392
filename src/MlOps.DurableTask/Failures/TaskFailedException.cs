namespace MlOps.DurableTask;

/// <summary>A called activity or sub-orchestration failed. Thrown where the orchestrator awaits it.</summary>
/// <param name="taskName">What was called.</param>
/// <param name="taskId">Sequence number of the call in the orchestration's history.</param>
/// <param name="failureDetails">Why it failed.</param>
public sealed class TaskFailedException(string taskName, int taskId, TaskFailureDetails failureDetails)
    : Exception($"Task '{taskName}' (#{taskId}) failed: {failureDetails.ErrorMessage}")
{
    /// <summary>What was called.</summary>
    public string TaskName { get; } = taskName;

    /// <summary>Sequence number of the call in the orchestration's history.</summary>
    public int TaskId { get; } = taskId;

    /// <summary>Why it failed.</summary>
    public TaskFailureDetails FailureDetails { get; } = failureDetails;
}
