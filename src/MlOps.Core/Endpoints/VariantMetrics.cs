namespace MlOps.Core.Endpoints;

/// <summary>Answer of <c>GET /api/endpoints/{name}/metrics</c>: what the variants of an endpoint did, as one serving process saw it.</summary>
/// <param name="Endpoint">Name of the endpoint.</param>
/// <param name="Revision">Revision of the manifest that answers now.</param>
/// <param name="From">Start of the time that is told of, UTC.</param>
/// <param name="To">Its end: now.</param>
/// <param name="Variants">The variants of the manifest, in its order, and those before them that still have figures.</param>
public sealed record EndpointMetrics(
    string Endpoint, int Revision, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<VariantMetrics> Variants);

/// <summary>What one variant did. A mirrored request counts in <see cref="Mirrored"/> alone: nobody waited for it.</summary>
public sealed record VariantMetrics
{
    /// <summary>Name of the variant.</summary>
    public required string Variant { get; init; }

    /// <summary>Name of its model.</summary>
    public required string Model { get; init; }

    /// <summary>Version of its model.</summary>
    public required int Version { get; init; }

    /// <summary>Requests that it was asked: answered, failed and refused.</summary>
    public required long Requests { get; init; }

    /// <summary>Rows that it answered.</summary>
    public required long Rows { get; init; }

    /// <summary>Requests that failed here: defects, overload, time-outs (5xx).</summary>
    public required long Errors { get; init; }

    /// <summary>Requests whose rows it refused: the caller's fault (4xx).</summary>
    public required long Refused { get; init; }

    /// <summary>Share of <see cref="Errors"/> in <see cref="Requests"/>, in [0, 1]; 0 without a request.</summary>
    public double ErrorRate => Requests is 0 ? 0 : (double)Errors / Requests;

    /// <summary>Milliseconds from the request's arrival to its answer; <see langword="null"/> when nothing was answered.</summary>
    public LatencySummary? Latency { get; init; }

    /// <summary>What it answered; <see langword="null"/> when nothing was answered.</summary>
    public ScoreSummary? Scores { get; init; }

    /// <summary>What came of the requests that were copied to it; <see langword="null"/> when none was.</summary>
    public MirrorSummary? Mirrored { get; init; }
}

/// <summary>Latencies in milliseconds. Percentiles come from a histogram whose bins are 10 % wide.</summary>
/// <param name="Mean">Mean.</param>
/// <param name="P50">Median.</param>
/// <param name="P95">95th percentile.</param>
/// <param name="P99">99th percentile.</param>
/// <param name="Max">Largest.</param>
public sealed record LatencySummary(double Mean, double P50, double P95, double P99, double Max);

/// <summary>Distribution of the answers.</summary>
/// <param name="Rows">Rows answered.</param>
/// <param name="Mean">Mean of the first output: the probability of the positive class (binary), the value (regression).</param>
/// <param name="StandardDeviation">Of the first output, of the population.</param>
/// <param name="Histogram">
/// Rows by answer. Binary: 20 bins of equal width over the probability in [0, 1]. Multiclass: one bin a class, the likeliest.
/// Regression: empty.
/// </param>
public sealed record ScoreSummary(long Rows, double Mean, double StandardDeviation, IReadOnlyList<long> Histogram);

/// <summary>Copied requests, held against the answers that the callers got.</summary>
/// <param name="Requests">Copies that were computed.</param>
/// <param name="Rows">Rows of them.</param>
/// <param name="Errors">Copies that could not be computed.</param>
/// <param name="Dropped">Copies that were let go because too many waited.</param>
/// <param name="Agreement">Share of rows with the same answer: class, or a value within 1e-5 of the other's size; in [0, 1].</param>
/// <param name="MeanDifference">Mean absolute difference of the outputs.</param>
/// <param name="MaxDifference">Largest absolute difference of the outputs.</param>
/// <param name="Latency">Milliseconds to compute a copy; <see langword="null"/> when none was.</param>
/// <param name="Scores">What it would have answered; <see langword="null"/> when none was computed.</param>
public sealed record MirrorSummary(
    long Requests, long Rows, long Errors, long Dropped, double Agreement, double MeanDifference, double MaxDifference,
    LatencySummary? Latency, ScoreSummary? Scores);
