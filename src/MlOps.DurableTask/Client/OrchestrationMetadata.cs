namespace MlOps.DurableTask;

/// <summary>What is known of an instance at one moment.</summary>
public sealed record OrchestrationMetadata
{
    private readonly PayloadSerializer _serializer;

    /// <param name="serializer">Reads the payloads.</param>
    public OrchestrationMetadata(PayloadSerializer serializer) => _serializer = serializer;

    /// <summary>The orchestrator's registered name.</summary>
    public required string Name { get; init; }

    /// <summary>Names the instance within its task hub.</summary>
    public required string InstanceId { get; init; }

    /// <summary>The version it was started with; empty when none was given.</summary>
    public string Version { get; init; } = "";

    /// <summary>Where it is in its life.</summary>
    public required OrchestrationRuntimeStatus RuntimeStatus { get; init; }

    /// <summary>When it was accepted, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last took a step, UTC.</summary>
    public required DateTimeOffset LastUpdatedAt { get; init; }

    /// <summary>The instance that started it; <see langword="null"/> when a client did.</summary>
    public string? ParentInstanceId { get; init; }

    /// <summary>The labels it was started with.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Its input as JSON; <see langword="null"/> when there is none or it was not asked for.</summary>
    public string? SerializedInput { get; init; }

    /// <summary>Its output as JSON; <see langword="null"/> when there is none or it was not asked for.</summary>
    public string? SerializedOutput { get; init; }

    /// <summary>Its custom status as JSON; <see langword="null"/> when there is none or it was not asked for.</summary>
    public string? SerializedCustomStatus { get; init; }

    /// <summary>Why it failed; <see langword="null"/> unless it did.</summary>
    public TaskFailureDetails? FailureDetails { get; init; }

    /// <summary>Whether it is running now: started, neither suspended nor finished.</summary>
    public bool IsRunning => RuntimeStatus == OrchestrationRuntimeStatus.Running;

    /// <summary>Whether it is finished, however it ended.</summary>
    public bool IsCompleted => RuntimeStatus.IsFinal();

    /// <summary>The input, read as <typeparamref name="T"/>.</summary>
    public T? ReadInputAs<T>() => _serializer.Deserialize<T>(SerializedInput);

    /// <summary>The output, read as <typeparamref name="T"/>.</summary>
    public T? ReadOutputAs<T>() => _serializer.Deserialize<T>(SerializedOutput);

    /// <summary>The custom status, read as <typeparamref name="T"/>.</summary>
    public T? ReadCustomStatusAs<T>() => _serializer.Deserialize<T>(SerializedCustomStatus);
}
