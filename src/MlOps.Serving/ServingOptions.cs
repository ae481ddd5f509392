using System.ComponentModel.DataAnnotations;

namespace MlOps.Serving;

/// <summary>How predictions are served.</summary>
public sealed record ServingOptions
{
    /// <summary>How often the manifests are looked at. Default: 250 ms.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Most rows of one request. Default: 10,000.</summary>
    [Range(1, 1_000_000)] public int MaxInstances { get; set; } = 10_000;

    /// <summary>Most requests that wait for one model; more are answered with 503. Default: 4,096.</summary>
    [Range(1, 1_000_000)] public int MaxWaitingRequests { get; set; } = 4096;

    /// <summary>Most copies that wait for shadows; more are let go. Default: 1,024.</summary>
    [Range(1, 1_000_000)] public int MaxWaitingMirrors { get; set; } = 1024;

    /// <summary>Largest request body, in bytes. Default: 16 MiB.</summary>
    [Range(1024, 1L << 30)] public long MaxBodyBytes { get; set; } = 16 << 20;
}
