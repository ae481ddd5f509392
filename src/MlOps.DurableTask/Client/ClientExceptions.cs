namespace MlOps.DurableTask;

/// <summary>A start named an instance id that is taken; see <see cref="InstanceIdReuse"/>.</summary>
/// <param name="instanceId">The id.</param>
/// <param name="status">What became of the instance that has it.</param>
public sealed class OrchestrationAlreadyExistsException(string instanceId, OrchestrationRuntimeStatus status)
    : InvalidOperationException($"Instance '{instanceId}' exists and is {status}. Choose another id, wait for its end, or start with InstanceIdReuse.IgnoreIfExists.")
{
    /// <summary>The id.</summary>
    public string InstanceId { get; } = instanceId;

    /// <summary>What became of the instance that has it.</summary>
    public OrchestrationRuntimeStatus Status { get; } = status;
}

/// <summary>A command named an instance that the task hub does not know.</summary>
/// <param name="instanceId">The id.</param>
public sealed class OrchestrationNotFoundException(string instanceId)
    : InvalidOperationException($"There is no instance '{instanceId}'. It was never started, or it was purged.")
{
    /// <summary>The id.</summary>
    public string InstanceId { get; } = instanceId;
}

/// <summary>A command does not fit the state of its instance.</summary>
/// <param name="instanceId">The id.</param>
/// <param name="status">The state it is in.</param>
/// <param name="rule">What the command needs, and what to do instead.</param>
public sealed class OrchestrationStateException(string instanceId, OrchestrationRuntimeStatus status, string rule)
    : InvalidOperationException($"Instance '{instanceId}' is {status}: {rule}")
{
    /// <summary>The id.</summary>
    public string InstanceId { get; } = instanceId;

    /// <summary>The state it is in.</summary>
    public OrchestrationRuntimeStatus Status { get; } = status;
}

/// <summary>A payload is larger than the task hub accepts.</summary>
/// <param name="what">Which payload of which instance.</param>
/// <param name="bytes">Its size.</param>
/// <param name="limit">The most that is accepted.</param>
public sealed class PayloadTooLargeException(string what, long bytes, long limit)
    : NonRetriableTaskException($"{what} is {bytes} bytes; the task hub accepts {limit}. Store the data elsewhere and pass a reference, or raise the hub's MaxPayloadBytes.");
