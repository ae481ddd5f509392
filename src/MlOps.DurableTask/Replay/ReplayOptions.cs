namespace MlOps.DurableTask.Replay;

/// <summary>What a backend asks of replay.</summary>
public sealed record ReplayOptions
{
    /// <summary>Longest timer the backend keeps; a longer one becomes a chain. Default: no limit.</summary>
    public TimeSpan MaximumTimerInterval { get; init; } = TimeSpan.MaxValue;

    /// <summary>Largest payload the backend keeps, in bytes of UTF-8; a larger one throws where it is made. Default: no limit.</summary>
    public long MaxPayloadBytes { get; init; } = long.MaxValue;
}
