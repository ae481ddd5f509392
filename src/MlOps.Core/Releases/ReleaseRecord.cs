using MlOps.Core.Runs;
using MlOps.Core.Specification;

namespace MlOps.Core.Releases;

/// <summary>What people read of a release: kept by its own activities, apart from the engine's history.</summary>
public sealed record ReleaseRecord
{
    /// <summary>Id of the release: the run's.</summary>
    public required string Id { get; init; }

    /// <summary>The endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The version that is released.</summary>
    public required ModelRef Model { get; init; }

    /// <summary>How traffic moves to it.</summary>
    public required ReleaseStrategy Strategy { get; init; }

    /// <summary>Who approved it.</summary>
    public required string ApprovedBy { get; init; }

    /// <summary>Id of the orchestration that hears orders.</summary>
    public required string InstanceId { get; init; }

    /// <summary>When it was asked for, UTC: releases of one endpoint go in this order.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Where it stands.</summary>
    public required ReleaseStatus Status { get; init; }

    /// <summary>One line for people: what it does or waits for now, or what came of it.</summary>
    public string Message { get; init; } = "";

    /// <summary>Share of the requests that the new version answers, in percent.</summary>
    public int Traffic { get; init; }

    /// <summary>Number of the step of its plan, from 1; 0 before the first.</summary>
    public int Step { get; init; }

    /// <summary>How many steps its plan has.</summary>
    public int Steps { get; init; }

    /// <summary>When the step ends, UTC; absent outside of steps that end by themselves.</summary>
    public DateTimeOffset? StepEndsAt { get; init; }

    /// <summary>What the conditions said when they were last judged.</summary>
    public IReadOnlyList<ConditionResult> Conditions { get; init; } = [];

    /// <summary>Blob of the application tests' report; absent before they ran.</summary>
    public string? TestReport { get; init; }

    /// <summary>When it ended, UTC; absent while it goes on.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What happened, oldest first.</summary>
    public IReadOnlyList<ReleaseEvent> History { get; init; } = [];
}

/// <summary>Something that happened in a release.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="By">Who.</param>
/// <param name="What">One line for people.</param>
public sealed record ReleaseEvent(DateTimeOffset At, string By, string What)
{
    /// <summary>The status that it left thereby; <see langword="null"/>: it stayed in its status.</summary>
    public ReleaseStatus? From { get; init; }

    /// <summary>The status that it came to.</summary>
    public ReleaseStatus? To { get; init; }
}

/// <summary>What a condition said.</summary>
/// <param name="Condition">As written.</param>
/// <param name="Met">Whether it is met; <see langword="null"/>: too little was seen to judge.</param>
/// <param name="Value">The new version's value; absent when there is none.</param>
/// <param name="Limit">What it is compared with; absent when there is none.</param>
/// <param name="Detail">One sentence for people.</param>
public sealed record ConditionResult(string Condition, bool? Met, double? Value, double? Limit, string Detail);

/// <summary>Where a release stands.</summary>
public enum ReleaseStatus
{
    /// <summary>Waits until another release of the endpoint is over.</summary>
    Waiting,

    /// <summary>The version is staged and tested; no request of a user reaches it.</summary>
    Testing,

    /// <summary>Waits for a person's certificate.</summary>
    Certifying,

    /// <summary>Traffic moves to the version, or will when a window opens.</summary>
    Progressing,

    /// <summary>Ended: the version answers all requests.</summary>
    Released,

    /// <summary>Ended: a test or a person said no, before any request reached the version.</summary>
    Refused,

    /// <summary>Ended: a condition or an error took traffic back.</summary>
    RolledBack,

    /// <summary>Ended: a person took it back.</summary>
    Aborted,

    /// <summary>Ended: the version was compared, as the pipeline asked, and goes no further.</summary>
    Compared,
}

/// <summary>Rules about <see cref="ReleaseStatus"/>.</summary>
public static class ReleaseStatusRules
{
    /// <summary>Whether nothing more will happen.</summary>
    public static bool IsFinal(this ReleaseStatus status) => status >= ReleaseStatus.Released;
}

/// <summary>What a person orders of a release under way.</summary>
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record ReleaseOrder(string By, string Reason);

/// <summary>Names of the external events that carry a <see cref="ReleaseOrder"/>.</summary>
public static class ReleaseEvents
{
    /// <summary>Take it back.</summary>
    public const string Abort = "ReleaseAbort";

    /// <summary>Wait no longer: go on with the next step.</summary>
    public const string Promote = "ReleasePromote";

    /// <summary>The endpoint is free: look whether it is your turn.</summary>
    public const string Turn = "ReleaseTurn";
}
