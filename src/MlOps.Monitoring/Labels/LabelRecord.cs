using System.Text.Json;

namespace MlOps.Monitoring.Labels;

/// <summary>What turned out to be true of one answered row.</summary>
public sealed record LabelRecord
{
    /// <summary>Id of the request; <see langword="null"/>: the row is named by its key.</summary>
    public string? Request { get; init; }

    /// <summary>Position of the row in its request, from 0.</summary>
    public int Row { get; init; }

    /// <summary>Values of the endpoint's key columns; <see langword="null"/>: the row is named by its request.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Key { get; init; }

    /// <summary>Binary: 0 or 1. Multiclass: the class's name. Regression: the number, as text.</summary>
    public required string Label { get; init; }

    /// <summary>When it became known, UTC, as its sender says.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>When it came here, UTC.</summary>
    public required DateTimeOffset Received { get; init; }

    /// <summary>Who says that the label that stands is wrong; <see langword="null"/>: this is no correction.</summary>
    public string? CorrectedBy { get; init; }

    /// <summary>Of a correction: why.</summary>
    public string? Reason { get; init; }
}

/// <summary>What became of an endpoint's labels.</summary>
public sealed record LabelCounts
{
    /// <summary>Labels that came.</summary>
    public long Received { get; init; }

    /// <summary>Answered rows that have got their label.</summary>
    public long Matched { get; init; }

    /// <summary>Labels that say again what is known.</summary>
    public long Repeated { get; init; }

    /// <summary>Labels that say otherwise than the first one of their row; they are kept apart.</summary>
    public long Contradicting { get; init; }

    /// <summary>Labels that stood and were put right.</summary>
    public long Corrected { get; init; }

    /// <summary>Labels that wait for their prediction.</summary>
    public long Waiting { get; init; }

    /// <summary>Labels whose prediction did not come in time; they are kept apart.</summary>
    public long Unknown { get; init; }
}
