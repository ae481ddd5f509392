using MlOps.Core.Scoring;

namespace MlOps.Core.Specification;

/// <summary>How whole files are scored, and how long what came of them is kept.</summary>
public sealed record ScoringSpec
{
    /// <summary>What outputs are written as where the request does not say; <see langword="null"/>: CSV for files of delimited text, parquet for others.</summary>
    public ScoringFormat? Output { get; init; }

    /// <summary>Records of a file that one step takes, from 1 to 10,000,000; <see langword="null"/>: as the host is configured.</summary>
    public int? ChunkRows { get; init; }

    /// <summary>How long the files of a job are kept after its end; <see langword="null"/>: for ever.</summary>
    public TimeSpan? Keep { get; init; }
}
