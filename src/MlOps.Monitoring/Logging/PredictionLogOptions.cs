using System.ComponentModel.DataAnnotations;

namespace MlOps.Monitoring.Logging;

/// <summary>How predictions are logged. A value out of range stops the start.</summary>
public sealed record PredictionLogOptions
{
    /// <summary>Whether anything is logged. Default: yes.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How long a logged answer may wait before it is stored: what a killed process loses at most. Default: 2 seconds.</summary>
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Bytes of an endpoint that are stored at once, however fresh they are. Default: 4 MiB.</summary>
    [Range(1024, 1 << 30)] public int FlushBytes { get; set; } = 4 << 20;

    /// <summary>Most rows that wait to be written; an answer beyond them is counted and not logged. Default: 100,000.</summary>
    [Range(1, 10_000_000)] public int MaxWaitingRows { get; set; } = 100_000;

    /// <summary>Most bytes that wait for storage that is away; what comes beyond them is counted and not logged. Default: 64 MiB.</summary>
    [Range(1024, 1L << 32)] public long MaxBufferedBytes { get; set; } = 64 << 20;
}
