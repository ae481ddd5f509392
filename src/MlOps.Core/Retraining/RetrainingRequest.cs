using MlOps.Core.Runs;

namespace MlOps.Core.Retraining;

/// <summary>Somebody or something wants a pipeline to train again on the data there is, and what became of it.</summary>
public sealed record RetrainingRequest
{
    /// <summary>The same wish has the same id, however often it is sent: the alert's, the schedule's occurrence, or a random one.</summary>
    public required string Id { get; init; }

    /// <summary>The pipeline.</summary>
    public required string Pipeline { get; init; }

    /// <summary>What wants it.</summary>
    public required RunTrigger Trigger { get; init; }

    /// <summary>Who.</summary>
    public required string By { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>When the cause arose, UTC: of an alert the end of its window. Cooldown and budget count by it.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What became of it.</summary>
    public RetrainingStatus Status { get; init; } = RetrainingStatus.Waiting;

    /// <summary>The run that came of it; <see langword="null"/>: none.</summary>
    public string? RunId { get; init; }

    /// <summary>Why there is no run of its own; <see langword="null"/>: there is, or it waits.</summary>
    public string? Outcome { get; init; }
}

/// <summary>What becomes of a wish to train again.</summary>
public enum RetrainingStatus
{
    /// <summary>It waits until the pipeline's run has ended.</summary>
    Waiting,

    /// <summary>Its run is reserved and about to start.</summary>
    Starting,

    /// <summary>It started a run.</summary>
    Started,

    /// <summary>Another wish's run serves it too.</summary>
    Coalesced,

    /// <summary>It came within the cooldown of the run before.</summary>
    Cooling,

    /// <summary>The budget was spent.</summary>
    OverBudget,
}
