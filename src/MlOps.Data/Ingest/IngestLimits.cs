using System.ComponentModel.DataAnnotations;

namespace MlOps.Data.Ingest;

/// <summary>What one drop of files may cost.</summary>
public sealed record IngestLimits
{
    /// <summary>Most bytes that one compressed file may expand to. Default: 16 GiB.</summary>
    [Range(1, long.MaxValue)] public long MaxExpandedBytes { get; init; } = 16L << 30;

    /// <summary>Longest line of a text file, in bytes. Default: 16 MiB.</summary>
    [Range(1024, 1 << 30)] public int MaxLineBytes { get; init; } = 16 << 20;

    /// <summary>Most rows of one file that may be unreadable before the file is refused as a whole. Default: 1,000,000.</summary>
    [Range(1, 10_000_000)] public int MaxUnreadableRows { get; init; } = 1_000_000;

    /// <summary>Most pixels of one picture. Default: 268,435,456 (16,384 by 16,384).</summary>
    [Range(1, 1L << 40)] public long MaxPixels { get; init; } = 1L << 28;
}
