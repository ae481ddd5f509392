using System.ComponentModel.DataAnnotations;

namespace MlOps.Serving;

/// <summary>How predictions are served.</summary>
public sealed record ServingOptions
{
    /// <summary>How often the manifests are looked at. Default: 250 ms.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often processes that serve the same endpoints tell each other what they counted. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")] public TimeSpan ReplicaInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most rows of one request. Default: 10,000.</summary>
    [Range(1, 1_000_000)] public int MaxInstances { get; set; } = 10_000;

    /// <summary>Longest time until an answer; later ones are 504. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")] public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most requests that wait for one model; more are answered with 503. Default: 4,096.</summary>
    [Range(1, 1_000_000)] public int MaxWaitingRequests { get; set; } = 4096;

    /// <summary>Most copies that wait for shadows; more are let go. Default: 1,024.</summary>
    [Range(1, 1_000_000)] public int MaxWaitingMirrors { get; set; } = 1024;

    /// <summary>Largest request body, in bytes. Default: 16 MiB.</summary>
    [Range(1024, 1L << 30)] public long MaxBodyBytes { get; set; } = 16 << 20;

    /// <summary>
    /// Most memory that models may take together, in bytes, where a model counts as three times its file. Those not asked for the longest
    /// time are let go first, and loaded again when they are asked. 0 (the default): half of what the process may have.
    /// </summary>
    [Range(0, long.MaxValue)] public long MaxModelBytes { get; set; }

    /// <summary>
    /// Folder that keeps what is served, so that a start without storage serves it again; <see langword="null"/> (the default): nothing
    /// is kept.
    /// </summary>
    public string? CacheFolder { get; set; }

    /// <summary>
    /// How long the server goes on taking requests after it was told to stop and has said that it is not ready any more, so that a load
    /// balancer learns of it. Default: none.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")] public TimeSpan DrainDelay { get; set; }
}
