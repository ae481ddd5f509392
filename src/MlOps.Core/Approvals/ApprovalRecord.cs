using MlOps.Core.Runs;

namespace MlOps.Core.Approvals;

/// <summary>One request for a person's decision.</summary>
public sealed record ApprovalRecord
{
    /// <summary>Id of the request: the run's.</summary>
    public required string Id { get; init; }

    /// <summary>What is to be decided on.</summary>
    public required ModelRef Model { get; init; }

    /// <summary>Id of the orchestration that waits for the decision.</summary>
    public required string InstanceId { get; init; }

    /// <summary>Who may decide; empty: whoever may reach the API.</summary>
    public IReadOnlyList<string> Approvers { get; init; } = [];

    /// <summary>When it was asked, UTC.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When the time is over, UTC.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The decision; <see langword="null"/> while it is awaited.</summary>
    public ApprovalDecision? Decision { get; init; }
}

/// <summary>A decision on a candidate.</summary>
/// <param name="Approved">Yes or no.</param>
/// <param name="By">Who decided.</param>
/// <param name="Reason">Why; never empty on a no.</param>
/// <param name="At">When, UTC.</param>
public sealed record ApprovalDecision(bool Approved, string By, string Reason, DateTimeOffset At)
{
    /// <summary>What the approval is tied to; <see langword="null"/>: nothing.</summary>
    public ApprovalConditions? Conditions { get; init; }
}

/// <summary>What an approval is tied to. A release must keep within it.</summary>
public sealed record ApprovalConditions
{
    /// <summary>Largest share of the endpoint's traffic that the version may get, above 0 and below 1; <see langword="null"/>: all of it.</summary>
    public double? MaxTraffic { get; init; }
}

/// <summary>What the approval's orchestration waits for.</summary>
public static class ApprovalEvents
{
    /// <summary>Name of the external event that carries an <see cref="ApprovalDecision"/>.</summary>
    public const string Decided = "ApprovalDecided";
}
