namespace MlOps.Core.Scoring;

/// <summary>A file that a model version scores as a whole.</summary>
public sealed record ScoringJob
{
    /// <summary>Id of the job; follows from the endpoint, the file's name and content, the model version and the format of the output.</summary>
    public required string Id { get; init; }

    /// <summary>The endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Name of the file.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of the file's bytes, in lower-case hexadecimal digits.</summary>
    public required string ContentSha256 { get; init; }

    /// <summary>The variant that was in production when the file was accepted.</summary>
    public required string Variant { get; init; }

    /// <summary>The model that scores, whatever is released meanwhile.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required int Version { get; init; }

    /// <summary>SHA-256 of the version's package, as its release names it.</summary>
    public required string Package { get; init; }

    /// <summary>What the output is written as: <c>csv</c> or <c>parquet</c>.</summary>
    public required ScoringFormat Format { get; init; }

    /// <summary>Where it stands.</summary>
    public required ScoringStatus Status { get; init; }

    /// <summary>Who asked for it last.</summary>
    public required string By { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>When it was accepted first, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Counts the attempts, from 1; each is asked for.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Blob of the dropped file as long as it has not been taken; <see langword="null"/>: it is kept with the job.</summary>
    public string? Drop { get; init; }

    /// <summary>When it ended, UTC; <see langword="null"/> while it goes on.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Rows that are scored; 0 until the file has been read.</summary>
    public long Rows { get; init; }

    /// <summary>Rows set apart.</summary>
    public long RefusedRows { get; init; }

    /// <summary>Blob of the scored rows; <see langword="null"/> until they are there.</summary>
    public string? Output { get; init; }

    /// <summary>Blob of the rows set apart, with their places and reasons; <see langword="null"/>: none.</summary>
    public string? Refused { get; init; }

    /// <summary>Why it failed, or who cancelled it and why; <see langword="null"/> otherwise.</summary>
    public string? Problem { get; init; }

    /// <summary>Who wants it cancelled; <see langword="null"/>: nobody.</summary>
    public ScoringCancellation? Cancellation { get; init; }

    /// <summary>Whether its files are still there.</summary>
    public ScoringFiles Files { get; init; }

    /// <summary>Blob prefix of all that belongs to the job: the file, the output, and what is needed only while it goes on.</summary>
    public static string FolderOf(string endpoint, string id) => $"scored/{endpoint}/{id}/";

    /// <summary>Name of a blob of the job.</summary>
    public string PlaceOf(string file) => FolderOf(Endpoint, Id) + file;
}

/// <summary>Somebody's wish that a job end without an output.</summary>
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When, UTC.</param>
public sealed record ScoringCancellation(string By, string Reason, DateTimeOffset At);

/// <summary>What the output of a scoring job is written as.</summary>
public enum ScoringFormat
{
    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>Comma-separated text with a header.</summary>
    Csv,
}

/// <summary>Where a scoring job stands.</summary>
public enum ScoringStatus
{
    /// <summary>Accepted, or at work.</summary>
    Running,

    /// <summary>Ended: the output is there.</summary>
    Done,

    /// <summary>Ended: an error stopped it. Asking for it again starts it again.</summary>
    Failed,

    /// <summary>Somebody wants it cancelled: what is under way comes to its end, and what was written is removed.</summary>
    Cancelling,

    /// <summary>Ended: somebody cancelled it. Its file is kept, nothing else; asking for it again starts it again.</summary>
    Cancelled,
}

/// <summary>Whether the files of a job that has ended are there: what was sent or dropped, and what came of it.</summary>
public enum ScoringFiles
{
    /// <summary>They are.</summary>
    Kept,

    /// <summary>They have been kept as long as the pipeline says, and are being deleted.</summary>
    Deleting,

    /// <summary>They are deleted; the job's record tells of them.</summary>
    Deleted,
}
