using MlOps.Core.Endpoints;

namespace MlOps.Serving.Replicas;

/// <summary>What one process that serves has counted within the last hour: <c>serving/&lt;replica&gt;.json</c>.</summary>
/// <param name="Replica">Its name, new at each start.</param>
/// <param name="Variants">What its variants did.</param>
/// <param name="Device">How its device did when it told.</param>
internal sealed record ReplicaReport(string Replica, IReadOnlyList<VariantReport> Variants, DeviceTelemetry Device);

/// <summary>What a variant of an endpoint did in one process.</summary>
/// <param name="Endpoint">Name of the endpoint.</param>
/// <param name="Variant">Name of the variant.</param>
/// <param name="Model">Name of its model.</param>
/// <param name="Version">Its version.</param>
/// <param name="Edges">Inner edges of the bins of its scores.</param>
/// <param name="Minutes">The minutes in which it was asked anything.</param>
internal sealed record VariantReport(string Endpoint, string Variant, string Model, int Version, IReadOnlyList<double> Edges, IReadOnlyList<MinuteCounts> Minutes);

/// <summary>What a variant did in one minute. Of distributions, what is zero is left out.</summary>
internal sealed record MinuteCounts
{
    /// <summary>Number of the minute since 1970-01-01, UTC.</summary>
    public required long Minute { get; init; }

    public long Requests { get; init; }

    public long Errors { get; init; }

    public long Refused { get; init; }

    public long Rows { get; init; }

    public long MirroredRows { get; init; }

    public long AgreeingRows { get; init; }

    /// <summary>Sum of the scores of the rows.</summary>
    public double Scores { get; init; }

    /// <summary>Sum of the differences of mirrored rows.</summary>
    public double Differences { get; init; }

    /// <summary>Rows by bin of their score.</summary>
    public IReadOnlyDictionary<int, long> Bins { get; init; } = new Dictionary<int, long>();

    /// <summary>Rows by class.</summary>
    public IReadOnlyDictionary<int, long> Classes { get; init; } = new Dictionary<int, long>();

    /// <summary>Requests by bin of their latency.</summary>
    public IReadOnlyDictionary<int, long> Latencies { get; init; } = new Dictionary<int, long>();
}
