using System.Text.Json;

namespace MlOps.Core.Runs;

/// <summary>What people read of a run: kept by the run's own activities, apart from the engine's history.</summary>
public sealed record RunRecord
{
    /// <summary>Id of the run and of its orchestration: <c>flight-delay-20010301-081500-3f2a</c>.</summary>
    public required string RunId { get; init; }

    /// <summary>The pipeline.</summary>
    public required string Pipeline { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>What started it.</summary>
    public required RunTrigger Trigger { get; init; }

    /// <summary>Who started it.</summary>
    public required string StartedBy { get; init; }

    /// <summary>Blobs in the pipeline's incoming folder that the run takes; empty: it trains on the data there is.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Who asked that the candidate be approved without a further question; <see langword="null"/>: nobody.</summary>
    public string? AutoApprovedBy { get; init; }

    /// <summary>Id of the announcement that the run's files came with; <see langword="null"/>: they came unannounced.</summary>
    public string? Announcement { get; init; }

    /// <summary>When it was accepted, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended, UTC; <see langword="null"/> while it goes on.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Why it ended without a release; <see langword="null"/> otherwise.</summary>
    public string? Reason { get; init; }
}

/// <summary>Where a run stands.</summary>
public enum RunStatus
{
    /// <summary>Accepted; not yet started.</summary>
    Queued,

    /// <summary>Working.</summary>
    Running,

    /// <summary>Waiting for a person's decision.</summary>
    WaitingForApproval,

    /// <summary>Ended: the candidate answers predictions.</summary>
    Released,

    /// <summary>Ended: validation, a gate or a person said no.</summary>
    Rejected,

    /// <summary>Ended: an error stopped it.</summary>
    Failed,

    /// <summary>Ended: a person stopped it.</summary>
    Cancelled,
}

/// <summary>Rules about <see cref="RunStatus"/>.</summary>
public static class RunStatusRules
{
    /// <summary>Whether nothing more will happen.</summary>
    public static bool IsFinal(this RunStatus status) => status is RunStatus.Released or RunStatus.Rejected or RunStatus.Failed or RunStatus.Cancelled;

    /// <summary>Whether the pipeline's next run waits for this one. A run that waits for a person holds nobody up.</summary>
    public static bool IsAtWork(this RunStatus status) => status is RunStatus.Queued or RunStatus.Running;
}

/// <summary>What started a run.</summary>
public enum RunTrigger
{
    /// <summary>Files arrived in the incoming folder.</summary>
    Drop,

    /// <summary>The pipeline's schedule.</summary>
    Schedule,

    /// <summary>A person or a program, through the API.</summary>
    Manual,

    /// <summary>An alert: the data or the answers are distributed otherwise than they were.</summary>
    Drift,

    /// <summary>An alert: the answers are worse than they should be.</summary>
    Performance,

    /// <summary>An alert: the model or what it knows is old.</summary>
    Staleness,
}

/// <summary>One step of a run, as people follow it.</summary>
public sealed record StepRecord
{
    /// <summary>Name of the step: one of <see cref="RunSteps"/>.</summary>
    public required string Step { get; init; }

    /// <summary>Where it stands.</summary>
    public required StepStatus Status { get; init; }

    /// <summary>When it first started, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended, UTC; <see langword="null"/> while it goes on.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>One line for people: what it does now, or what came of it.</summary>
    public string Message { get; init; } = "";

    /// <summary>The step's result as JSON; <see langword="null"/> until it has one.</summary>
    public JsonElement? Result { get; init; }
}

/// <summary>Where a step stands.</summary>
public enum StepStatus
{
    /// <summary>Working.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Done,

    /// <summary>Not needed in this run.</summary>
    Skipped,

    /// <summary>Ended with an error, or with a no.</summary>
    Failed,
}

/// <summary>The steps of a run, in their order.</summary>
public static class RunSteps
{
    /// <summary>Dropped files become a dataset version.</summary>
    public const string Ingest = "ingest";

    /// <summary>The dataset is checked.</summary>
    public const string Validate = "validate";

    /// <summary>The dataset is described: profile and datasheet, beside the steps that follow.</summary>
    public const string Describe = "describe";

    /// <summary>Rows become examples.</summary>
    public const string Features = "features";

    /// <summary>Trials are trained.</summary>
    public const string Search = "search";

    /// <summary>The best trial's model is measured on the test part.</summary>
    public const string Evaluate = "evaluate";

    /// <summary>The version in production is measured on the same examples.</summary>
    public const string Champion = "champion";

    /// <summary>The candidate is held against the gates.</summary>
    public const string Gates = "gates";

    /// <summary>The candidate becomes a model version.</summary>
    public const string Register = "register";

    /// <summary>A person decides.</summary>
    public const string Approve = "approve";

    /// <summary>The version is staged beside the one in production and tested over HTTP.</summary>
    public const string Stage = "stage";

    /// <summary>Traffic moves to the new version.</summary>
    public const string Release = "release";

    /// <summary>The endpoint answers golden rows over HTTP as evaluation did.</summary>
    public const string Verify = "verify";

    /// <summary>All, in order.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Ingest, Validate, Describe, Features, Search, Evaluate, Champion, Gates, Register, Approve, Stage, Release, Verify];
}

/// <summary>One trial of a run's search, as people follow it.</summary>
public sealed record TrialRecord
{
    /// <summary>Number of the trial, from 1.</summary>
    public required int Trial { get; init; }

    /// <summary>The trainer.</summary>
    public required string Trainer { get; init; }

    /// <summary>Its parameters.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>Where it stands.</summary>
    public required StepStatus Status { get; init; }

    /// <summary>Name of the job elsewhere that trains it; <see langword="null"/>: a process of this machine.</summary>
    public string? Job { get; init; }

    /// <summary>Share of the rounds that are done, in [0, 1].</summary>
    public double Progress { get; init; }

    /// <summary>The search's metric on the validation part; <see langword="null"/> until measured.</summary>
    public double? Score { get; init; }

    /// <summary>Seconds from the start of its process to its end; <see langword="null"/> while it runs.</summary>
    public double? Seconds { get; init; }

    /// <summary>Largest resident memory of its process, in bytes; 0 where unknown.</summary>
    public long PeakMemoryBytes { get; init; }

    /// <summary>Why it failed; <see langword="null"/> otherwise.</summary>
    public string? Error { get; init; }
}
