using System.Diagnostics;

namespace MlOps.DurableTask;

/// <summary>How an instance is started.</summary>
public sealed record StartOrchestrationOptions
{
    /// <summary>Id of the new instance, 1 to 200 characters without control characters. Default: a random one.</summary>
    public string? InstanceId { get; init; }

    /// <summary>Not before this time. Default: at once.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>Labels to find it by. Default: none.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Version of the orchestrator. Default: none, the registration without version.</summary>
    public string Version { get; init; } = "";

    /// <summary>The span that starts it, where that is not the current one. Default: the current one.</summary>
    public ActivityContext Trace { get; init; }

    /// <summary>What happens when the id belongs to an instance already. Default: a finished one is replaced, another is an error.</summary>
    public InstanceIdReuse IdReuse { get; init; } = InstanceIdReuse.ReplaceFinished;
}

/// <summary>What a start does whose instance id is taken.</summary>
public enum InstanceIdReuse
{
    /// <summary>
    /// A finished instance and its history give way to the new one; one that is not finished makes the start fail with
    /// <see cref="OrchestrationAlreadyExistsException"/>.
    /// </summary>
    ReplaceFinished,

    /// <summary>Any instance of that id, finished or not, makes the start fail with <see cref="OrchestrationAlreadyExistsException"/>.</summary>
    Fail,

    /// <summary>Any instance of that id, finished or not, is left as it is, and the start succeeds: a start that may be sent twice.</summary>
    IgnoreIfExists,
}
