using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Monitoring.Windows;

namespace MlOps.Monitoring.Measuring;

/// <summary>What monitors measure, and what they hold it against. The model is the one that answered most rows of the window.</summary>
public sealed record MonitorContext
{
    /// <summary>The pipeline.</summary>
    public required PipelineSpec Pipeline { get; init; }

    /// <summary>The answers.</summary>
    public required PredictionWindow Window { get; init; }

    /// <summary>The model's record.</summary>
    public required ModelVersionRecord Model { get; init; }

    /// <summary>What it takes and answers; not there for monitors that ask nothing of the model's files (<see cref="ReadsModel"/>).</summary>
    public ModelSignature Signature { get => field ?? throw NotRead(); init; }

    /// <summary>From a raw row to its inputs; not there for monitors that ask nothing of the model's files.</summary>
    public FeatureTransform Transform { get => field ?? throw NotRead(); init; }

    /// <summary>What was measured of it before its release; <see langword="null"/>: nothing is known.</summary>
    public EvaluationReport? Evaluation { get; init; }

    /// <summary>Its answers and labels on the test part of its evaluation; <see langword="null"/>: the part is gone.</summary>
    public ScoredReference? Reference { get; init; }

    /// <summary>Local files with the data that it was trained on; empty: they are gone.</summary>
    public IReadOnlyList<string> TrainingData { get; init; } = [];

    /// <summary>What chance makes of samples of that data and of that part; drawn where it is not known.</summary>
    public ChanceDraws Chance { get; init; } = new();

    /// <summary>Newest time stamp of that data, UTC; <see langword="null"/>: it has none.</summary>
    public DateTimeOffset? NewestTrainingTime { get; init; }

    /// <summary>Day of the newest prediction that has a label, whatever the window; <see langword="null"/>: none has.</summary>
    public DateOnly? NewestLabelDay { get; init; }

    /// <summary>An empty folder for unfinished work.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>Whether a monitor asks what stands in the model's files. Latency, errors and ages are measured whatever becomes of them.</summary>
    public static bool ReadsModel(MonitorSpec monitor) => monitor is not (ServiceMonitorSpec or StalenessMonitorSpec);

    /// <summary>The raw columns that the model reads and the log shows as they are.</summary>
    public IReadOnlyList<ColumnSpec> VisibleColumns =>
        [.. Transform.Columns.Where(c => !Pipeline.Monitors.Log.Hide.ContainsKey(c.Name)).Select(c => Pipeline.Data.Columns.FirstOrDefault(d => d.Name == c.Name) ?? c)];

    /// <summary>The columns by whose values parts are looked at, and that the log has.</summary>
    public IReadOnlyList<string> Segments =>
        [.. Pipeline.Monitors.Segments.Where(s => Transform.Columns.Any(c => c.Name == s) && Pipeline.Monitors.Log.Hide.GetValueOrDefault(s, HidingMethod.Hash) is not HidingMethod.Drop)];

    private static InvalidOperationException NotRead() => new("This monitor asks nothing of the model's files, and they were not read for it.");
}

/// <summary>A model's answers on data whose labels are known.</summary>
public sealed record ScoredReference
{
    /// <summary>Most rows that are kept; evenly spread over more.</summary>
    public const int MostRows = 50_000;

    /// <summary>Shape [n, width] row by row, n ≥ 1.</summary>
    public required IReadOnlyList<float> Scores { get; init; }

    /// <summary>Shape [n], as metrics take them.</summary>
    public required IReadOnlyList<float> Labels { get; init; }
}
