using System.Text.Json;

namespace MlOps.Monitoring.Logging;

/// <summary>One request to an endpoint and what became of it. Kept until it is written: nothing in it may be reused.</summary>
public sealed record LoggedAnswer
{
    /// <summary>The endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Id of the request, as the caller knows it. An id that comes twice counts once.</summary>
    public required string RequestId { get; init; }

    /// <summary>The variant that answered.</summary>
    public required string Variant { get; init; }

    /// <summary>Its model.</summary>
    public required string Model { get; init; }

    /// <summary>The model's version.</summary>
    public required int Version { get; init; }

    /// <summary>When the request arrived, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When what it asks about happens, UTC, where its caller said so; else the column that <c>log.time</c> names says it, or its arrival.</summary>
    public DateTimeOffset? EventTime { get; init; }

    /// <summary>From its arrival to the answer.</summary>
    public required TimeSpan Latency { get; init; }

    /// <summary>HTTP status of the answer.</summary>
    public required int Status { get; init; }

    /// <summary>The raw rows.</summary>
    public required IReadOnlyList<JsonElement> Instances { get; init; }

    /// <summary>The model's output row by row; empty when there is none.</summary>
    public required ReadOnlyMemory<float> Scores { get; init; }

    /// <summary>Whether it tries the endpoint out rather than uses it.</summary>
    public bool Probe { get; init; }

    /// <summary>Whether this is a copy for a shadow variant, whose answer nobody got.</summary>
    public bool Mirrored { get; init; }
}
