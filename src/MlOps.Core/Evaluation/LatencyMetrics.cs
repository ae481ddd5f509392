namespace MlOps.Core.Evaluation;

/// <summary>The measured times that gates may name beside <see cref="MetricNames"/>; in milliseconds, for one row.</summary>
public static class LatencyMetrics
{
    /// <summary>Half of the predictions take at most this long.</summary>
    public const string P50 = "latencyP50";

    /// <summary>99 of 100 predictions take at most this long.</summary>
    public const string P99 = "latencyP99";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [P50, P99];
}
