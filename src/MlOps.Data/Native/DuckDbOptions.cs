using System.ComponentModel.DataAnnotations;

namespace MlOps.Data.Native;

/// <summary>How much of the machine one piece of data work may take.</summary>
public sealed record DuckDbOptions
{
    /// <summary>Memory for DuckDB's buffers, in bytes; what does not fit goes to <see cref="TempFolder"/>. Default: 768 MiB.</summary>
    /// <remarks>The process takes some 150 MiB on top: the library, the reader's and writer's buffers, the runtime.</remarks>
    [Range(64L << 20, long.MaxValue)] public long MemoryLimitBytes { get; init; } = 768L << 20;

    /// <summary>Threads. Default: one a processor.</summary>
    [Range(1, 1024)] public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Folder for what does not fit in memory; made when needed. Default: <c>mlops-duckdb</c> in the system's temporary folder.</summary>
    public string TempFolder { get; init; } = Path.Combine(Path.GetTempPath(), "mlops-duckdb");
}
