using System.Text.Json;
using MlOps.Core.Evaluation;
using MlOps.Core.Runs;

namespace MlOps.Functions.Api;

/// <summary>A run as people and programs read it.</summary>
public sealed record RunDetails
{
    /// <summary>Id of the run.</summary>
    public required string Run { get; init; }

    /// <summary>The pipeline.</summary>
    public required string Pipeline { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Why it ended without a release.</summary>
    public string? Reason { get; init; }

    /// <summary>What started it.</summary>
    public required RunTrigger Trigger { get; init; }

    /// <summary>Who started it.</summary>
    public required string StartedBy { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What it ingested.</summary>
    public RunDataset? Dataset { get; init; }

    /// <summary>Its trials so far.</summary>
    public required IReadOnlyList<TrialRecord> Trials { get; init; }

    /// <summary>Number of the best trial.</summary>
    public int? BestTrial { get; init; }

    /// <summary>The model version that came of it.</summary>
    public RunModel? Model { get; init; }

    /// <summary>Metric to value on the test part.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    /// <summary>Metric to the ends of its 95 % interval.</summary>
    public IReadOnlyDictionary<string, double[]>? Intervals { get; init; }

    /// <summary>The champion's metrics on the same test part.</summary>
    public ChampionRef? Champion { get; init; }

    /// <summary>What the gates said.</summary>
    public IReadOnlyList<GateResult> Gates { get; init; } = [];

    /// <summary>The endpoint that the model answers on; absent before its release.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Address that predictions are asked from.</summary>
    public string? PredictUrl { get; init; }

    /// <summary>A request that the endpoint answered when the release was verified, and its answer; a row of the data, told when asked for alone.</summary>
    public RunProof? Proof { get; init; }

    /// <summary>Its steps so far.</summary>
    public required IReadOnlyList<StepRecord> Steps { get; init; }

    /// <summary>Step to seconds, and <c>total</c>.</summary>
    public required IReadOnlyDictionary<string, double> Durations { get; init; }
}

/// <summary>The dataset version of a run.</summary>
/// <param name="Name">Name of the dataset.</param>
/// <param name="Version">Its version.</param>
/// <param name="Rows">Rows kept.</param>
/// <param name="Quarantined">Rows set apart.</param>
public sealed record RunDataset(string Name, string Version, long Rows, long Quarantined);

/// <summary>The model version of a run.</summary>
/// <param name="Name">Name of the model.</param>
/// <param name="Version">Its version.</param>
/// <param name="Sha256">Of its graph.</param>
/// <param name="Package">Of its package: of the list of hashes, <c>SHA256SUMS</c>, beside the graph.</param>
/// <param name="Path">Blob name of its graph.</param>
public sealed record RunModel(string Name, int Version, string Sha256, string Package, string Path);

/// <summary>A request and its answer.</summary>
/// <param name="Request">The request's body.</param>
/// <param name="Response">The answer's body.</param>
public sealed record RunProof(JsonElement? Request, JsonElement? Response);
