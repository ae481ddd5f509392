using MlOps.Core.Runs;
using MlOps.Core.Specification;

namespace MlOps.Core.Approvals;

/// <summary>One request for people's decision, with all that has happened to it.</summary>
public sealed record ApprovalRecord
{
    /// <summary>Id of the request: the run's.</summary>
    public required string Id { get; init; }

    /// <summary>What is to be decided on.</summary>
    public required ModelRef Model { get; init; }

    /// <summary>Id of the orchestration that waits for the decision.</summary>
    public required string InstanceId { get; init; }

    /// <summary>Who may vote now, by name, address or role: escalation adds people, delegation replaces them.</summary>
    public IReadOnlyList<string> Approvers { get; init; } = [];

    /// <summary>Whether the pipeline names approvers; otherwise whoever may reach the API may vote.</summary>
    public bool ApproversNamed { get; init; }

    /// <summary>How many must approve.</summary>
    public QuorumRule Quorum { get; init; }

    /// <summary>Approvals that are needed; fixed when it was asked.</summary>
    public int Required { get; init; } = 1;

    /// <summary>Who may not vote because they had a hand in it; they may hand their vote to somebody else.</summary>
    public IReadOnlyList<Exclusion> Excluded { get; init; } = [];

    /// <summary>Who may withdraw the request: who started the run, and the pipeline's owner.</summary>
    public IReadOnlyList<string> Requesters { get; init; } = [];

    /// <summary>When it was asked, UTC.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Whether another version was in production when the request was made. Without one there is nobody to share the traffic with.</summary>
    public bool HasChampion { get; init; } = true;

    /// <summary>When the time is over, UTC.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Time between two reminders; <see langword="null"/>: none.</summary>
    public TimeSpan? RemindEvery { get; init; }

    /// <summary>When it is escalated, UTC; <see langword="null"/>: never.</summary>
    public DateTimeOffset? EscalatesAt { get; init; }

    /// <summary>Who may vote too once it is escalated.</summary>
    public IReadOnlyList<string> EscalateTo { get; init; } = [];

    /// <summary>Whether it was escalated.</summary>
    public bool Escalated { get; init; }

    /// <summary>The votes that stand, oldest first.</summary>
    public IReadOnlyList<Vote> Votes { get; init; } = [];

    /// <summary>Votes that were handed on, oldest first.</summary>
    public IReadOnlyList<Delegation> Delegations { get; init; } = [];

    /// <summary>Numbers of the signed links that were used: each works once.</summary>
    public IReadOnlyList<string> UsedLinks { get; init; } = [];

    /// <summary>What was done last; <see langword="null"/>: nothing since it was asked.</summary>
    public ApprovalAct? LastAct { get; init; }

    /// <summary>The decision; <see langword="null"/> while it is awaited.</summary>
    public ApprovalDecision? Decision { get; init; }

    /// <summary>What it is about, as the audit log names it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Subject => $"models/{Model.Name}/{Model.Version}";
}

/// <summary>One thing that was done with a request, as the audit log tells it.</summary>
/// <param name="Number">Counts what was done with the request, from 1.</param>
/// <param name="By">Who did it.</param>
/// <param name="Action">What: <c>approval.voted</c>.</param>
/// <param name="Reason">Why.</param>
public sealed record ApprovalAct(int Number, string By, string Action, string Reason);

/// <summary>Somebody who may not vote.</summary>
/// <param name="Name">The person.</param>
/// <param name="Why">What they did: <c>started the run</c>.</param>
/// <param name="IsApprover">Whether they are an approver whose vote nobody has yet: they may hand it on.</param>
public sealed record Exclusion(string Name, string Why, bool IsApprover);

/// <summary>A vote handed to somebody else.</summary>
/// <param name="From">Whose it was.</param>
/// <param name="To">Whose it is.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When, UTC.</param>
public sealed record Delegation(string From, string To, string Reason, DateTimeOffset At);

/// <summary>What the approval's orchestration waits for.</summary>
public static class ApprovalEvents
{
    /// <summary>Name of the external event that carries an <see cref="ApprovalDecision"/>.</summary>
    public const string Decided = "ApprovalDecided";
}
