namespace MlOps.DurableTask;

/// <summary>What an activity knows about the call it serves.</summary>
/// <param name="name">The activity's registered name.</param>
/// <param name="instanceId">The orchestration that called it.</param>
/// <param name="taskId">Sequence number of the call within its orchestration's history.</param>
/// <param name="idempotencyKey">Names this call, the same at every attempt of the engine to run it.</param>
/// <param name="cancellationToken">Cancelled when the result is not wanted any more or the host stops.</param>
public sealed class TaskActivityContext(
    string name, string instanceId, int taskId, string idempotencyKey, CancellationToken cancellationToken)
{
    /// <summary>The activity's registered name.</summary>
    public string Name { get; } = name;

    /// <summary>The orchestration that called it.</summary>
    public string InstanceId { get; } = instanceId;

    /// <summary>Sequence number of the call within its orchestration's history.</summary>
    public int TaskId { get; } = taskId;

    /// <summary>
    /// Names this call: the same when the engine runs it again after a crash, another one for every other call, also for a retry that
    /// a <see cref="RetryPolicy"/> asks for and after <see cref="TaskOrchestrationContext.ContinueAsNew"/>. Pass it to systems that can
    /// discard doubles.
    /// </summary>
    public string IdempotencyKey { get; } = idempotencyKey;

    /// <summary>Cancelled when the orchestration is terminated or purged, or when the host stops and its time to drain is over.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;
}
