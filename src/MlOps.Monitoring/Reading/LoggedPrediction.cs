using System.Text.Json;

namespace MlOps.Monitoring.Reading;

/// <summary>A row of the prediction log, with its label where one has come.</summary>
public sealed record LoggedPrediction
{
    /// <summary>Id of the request.</summary>
    public required string Request { get; init; }

    /// <summary>Position of the row in its request, from 0; -1: the request was refused or failed, and has no rows here.</summary>
    public required int Row { get; init; }

    /// <summary>Event time, UTC: what windows and days go by.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When the request arrived, UTC.</summary>
    public required DateTimeOffset Logged { get; init; }

    /// <summary>The variant that answered.</summary>
    public string? Variant { get; init; }

    /// <summary>Its model.</summary>
    public string? Model { get; init; }

    /// <summary>The model's version.</summary>
    public int? Version { get; init; }

    /// <summary>HTTP status of the answer.</summary>
    public int? Status { get; init; }

    /// <summary>From the request's arrival to its answer, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>Whether it is a copy for a shadow variant, whose answer nobody got.</summary>
    public bool Mirrored { get; init; }

    /// <summary>Whether it tried the endpoint out.</summary>
    public bool Probe { get; init; }

    /// <summary>The raw row; hidden columns are hidden.</summary>
    public JsonElement? Instance { get; init; }

    /// <summary>The model's output; <see langword="null"/> inside where it is no finite number.</summary>
    public JsonElement? Scores { get; init; }

    /// <summary>What turned out to be true: 1 or 0, the class's name, or the number, as text; <see langword="null"/>: nobody has said so yet.</summary>
    public string? Label { get; init; }

    /// <summary>When that became known, UTC.</summary>
    public DateTimeOffset? Labelled { get; init; }

    /// <summary>Name of the process that answered; absent in logs of earlier versions, as are the rest.</summary>
    public string? Replica { get; init; }

    /// <summary>Name of its device.</summary>
    public string? Device { get; init; }

    /// <summary>Share of the device's processors that worked, in [0, 1], at most a second before.</summary>
    public double? Cpu { get; init; }

    /// <summary>Memory of the process, in bytes.</summary>
    public long? Memory { get; init; }

    /// <summary>The hottest of the device's sensors, in degrees Celsius.</summary>
    public double? Temperature { get; init; }
}
