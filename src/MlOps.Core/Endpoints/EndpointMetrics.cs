namespace MlOps.Core.Endpoints;

/// <summary>What an endpoint's variants did of late: answer of <c>GET /api/endpoints/{name}/metrics?seconds=300</c>.</summary>
public sealed record EndpointMetrics
{
    /// <summary>Name of the endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Revision of the manifest that is served now.</summary>
    public required int Revision { get; init; }

    /// <summary>Start of the window, UTC: as long ago as was asked for, or when counting began if that is later.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>End of the window, UTC: the moment of the answer.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Processes whose counts are in here: the one that answers, and those that have told it what they counted within the last hour.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>One a variant of the manifest that is served, in its order; one that was asked nothing counts 0.</summary>
    public required IReadOnlyList<VariantMetrics> Variants { get; init; }

    /// <summary>The device that answers, as it is now.</summary>
    public DeviceTelemetry? Device { get; init; }

    /// <summary>The devices of the other processes, each as it was when it told last what it had counted; absent without any.</summary>
    public IReadOnlyList<DeviceTelemetry>? OtherDevices { get; init; }

    /// <summary>The metrics of a variant, or <see langword="null"/> when it is not served.</summary>
    public VariantMetrics? Of(string variant) => Variants.FirstOrDefault(v => v.Name == variant);
}
