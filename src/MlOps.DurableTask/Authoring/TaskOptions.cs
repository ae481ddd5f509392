namespace MlOps.DurableTask;

/// <summary>How an activity or sub-orchestration is called.</summary>
/// <param name="Retry">Tries again after a failure. Default: one attempt.</param>
public record TaskOptions(RetryPolicy? Retry = null)
{
    /// <summary>Labels that travel with the call. Default: none.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Options that only say how to retry.</summary>
    public static TaskOptions FromRetryPolicy(RetryPolicy policy) => new(policy);
}

/// <summary>How a sub-orchestration is called.</summary>
public sealed record SubOrchestrationOptions : TaskOptions
{
    /// <summary>Id of the new instance. Default: derived from the caller's id, execution and the call's sequence number.</summary>
    public string? InstanceId { get; init; }

    /// <summary>Version of the orchestrator to run. Default: the caller's version.</summary>
    public string? Version { get; init; }
}
