namespace MlOps.DurableTask.Sqlite;

/// <summary>A work item was given up because the process died several times while it ran.</summary>
/// <param name="what">Which activity or orchestration.</param>
/// <param name="crashes">How often.</param>
public sealed class PoisonedWorkItemException(string what, int crashes) : NonRetriableTaskException(
    $"The process died {crashes} times while {what} ran, so it is not run again. Look for memory exhaustion or a native crash, then rewind or restart the instance.");
