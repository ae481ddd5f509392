using System.ComponentModel.DataAnnotations;

namespace MlOps.Data.Ingest;

/// <summary>What one drop of files may cost.</summary>
public sealed record IngestLimits
{
    /// <summary>Most bytes that one compressed file may expand to. Default: 16 GiB.</summary>
    [Range(1, long.MaxValue)] public long MaxExpandedBytes { get; init; } = 16L << 30;

    /// <summary>Longest line of a text file, in bytes. Default: 16 MiB.</summary>
    [Range(1024, 1 << 30)] public int MaxLineBytes { get; init; } = 16 << 20;
}
