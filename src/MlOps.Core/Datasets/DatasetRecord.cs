using System.Text.Json.Serialization;

namespace MlOps.Core.Datasets;

/// <summary>One version of a dataset in the catalog.</summary>
public sealed record DatasetRecord
{
    /// <summary>Name of the dataset: the pipeline's.</summary>
    public required string Name { get; init; }

    /// <summary>64 hexadecimal digits: SHA-256 of the canonical parquet.</summary>
    public required string Version { get; init; }

    /// <summary>Rows in the canonical parquet.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows of the source files that could not be read.</summary>
    public long Unreadable { get; init; }

    /// <summary>Rows that broke a rule, the unreadable ones included; <see langword="null"/> before validation.</summary>
    public long? Quarantined { get; init; }

    /// <summary>Whether it passed validation; <see langword="null"/> before.</summary>
    public bool? Passed { get; init; }

    /// <summary>The checks that it failed, as people write them; empty when it passed.</summary>
    public IReadOnlyList<string> FailedChecks { get; init; } = [];

    /// <summary>Blob prefix, ending in a slash, of the rows that validation set apart last; <see langword="null"/> before.</summary>
    public string? Quarantine { get; init; }

    /// <summary>A person accepts it although it does not pass; <see langword="null"/>: nobody does.</summary>
    public DatasetAcceptance? Accepted { get; init; }

    /// <summary>A person went back to an earlier version, so that nothing is trained on this one; <see langword="null"/>: it counts.</summary>
    public DatasetDecision? SetAside { get; init; }

    /// <summary>Whether it may be trained on: it passed, or a person accepted what failed, and nobody set it aside.</summary>
    [JsonIgnore]
    public bool IsUsable => SetAside is null && (Passed is true || (Passed is false && Accepted?.Covers(FailedChecks) is true));

    /// <summary>Oldest time stamp; <see langword="null"/> without a time column.</summary>
    public DateTime? MinTime { get; init; }

    /// <summary>Newest time stamp; <see langword="null"/> without a time column.</summary>
    public DateTime? MaxTime { get; init; }

    /// <summary>The run that ingested it first.</summary>
    public required string RunId { get; init; }

    /// <summary>The files that it was made of.</summary>
    public required IReadOnlyList<IngestedFile> Sources { get; init; }

    /// <summary>How the files were read: see <see cref="ReadingFingerprint"/>.</summary>
    public string? Reading { get; init; }

    /// <summary>When it was ingested first, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
