namespace MlOps.Core.Scoring;

/// <summary>A file that an endpoint's version in production scores as a whole: <c>scoring/jobs/&lt;id&gt;/job.json</c>.</summary>
public sealed record ScoringJob
{
    /// <summary>Id of the job; follows from the endpoint, the file's name and its content.</summary>
    public required string Id { get; init; }

    /// <summary>The endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Name of the file.</summary>
    public required string File { get; init; }

    /// <summary>Where it stands.</summary>
    public required ScoringStatus Status { get; init; }

    /// <summary>Who asked for it.</summary>
    public required string By { get; init; }

    /// <summary>When it was accepted, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended, UTC; <see langword="null"/> while it goes on.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The model that scores, whatever is released meanwhile; <see langword="null"/> until it is chosen.</summary>
    public string? Model { get; init; }

    /// <summary>Its version.</summary>
    public int? Version { get; init; }

    /// <summary>Rows that are scored.</summary>
    public long Rows { get; init; }

    /// <summary>Rows set apart.</summary>
    public long RejectedRows { get; init; }

    /// <summary>Blob of the scored rows; <see langword="null"/> until they are there.</summary>
    public string? Output { get; init; }

    /// <summary>Blob of the rows set apart, with their places and reasons; <see langword="null"/>: none.</summary>
    public string? Rejected { get; init; }

    /// <summary>Why it failed; <see langword="null"/> otherwise.</summary>
    public string? Reason { get; init; }
}

/// <summary>Where a scoring job stands.</summary>
public enum ScoringStatus
{
    /// <summary>Accepted, or at work.</summary>
    Running,

    /// <summary>Ended: the output is there.</summary>
    Done,

    /// <summary>Ended: an error stopped it.</summary>
    Failed,
}
