using MlOps.Core.Features;

namespace MlOps.Inference.Evaluation;

/// <summary>Some labelled rows of the test part.</summary>
/// <param name="Features">The model's inputs, in the order of its signature.</param>
/// <param name="Labels">Shape [rows], as in <c>TrialSpec.LabelColumn</c>.</param>
/// <param name="Slices">Columns by whose values the metrics are broken down; the same names in every batch.</param>
public sealed record EvaluationBatch(FeatureBatch Features, ReadOnlyMemory<float> Labels, IReadOnlyList<CategoryColumn> Slices);

/// <summary>How an evaluation is done.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Names of metrics; empty: all of the model's task.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>Seed of the bootstrap. Default: 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Fewest rows of a slice that is reported, at least 1. Default: 30, below which a metric says little.</summary>
    public int MinSliceRows { get; init; } = 30;

    /// <summary>Most values of one column that are reported, those with the most rows. Default: 50.</summary>
    public int MaxSliceValues { get; init; } = 50;

    /// <summary>Calls with one row whose time is taken; 0: latency is not measured. Default: 1,000.</summary>
    public int LatencyCalls { get; init; } = 1000;
}
