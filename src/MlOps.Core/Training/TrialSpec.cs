using MlOps.Core.Features;

namespace MlOps.Core.Training;

/// <summary>
/// What a trainer gets as <c>spec.json</c>, beside <c>train.parquet</c> and <c>validation.parquet</c>. The contract is the same for
/// any trainer in any language; paths are not part of it, so that the same file works on every machine.
/// </summary>
/// <remarks>
/// The parquet files have one column a feature, named like it (FLOAT with NULL for missing, or VARCHAR), the columns that
/// <see cref="CategoryEncoder.TrainColumn"/> names (train only), and <see cref="LabelColumn"/>.
/// </remarks>
public sealed record TrialSpec
{
    /// <summary>Name of the label's column: FLOAT; 0 or 1 for binary, the class's index for multiclass, the value for regression.</summary>
    public const string LabelColumn = "__label";

    /// <summary>The run that the trial is part of.</summary>
    public required string RunId { get; init; }

    /// <summary>Number of the trial in its search, from 1.</summary>
    public required int Trial { get; init; }

    /// <summary>The trainer: <c>xgboost</c>.</summary>
    public required string Trainer { get; init; }

    /// <summary>Parameter name to value, as text; numbers in invariant form.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>The features in the order of the model's inputs.</summary>
    public required IReadOnlyList<FeatureDefinition> Features { get; init; }

    /// <summary>One encoder for each category among <see cref="Features"/>.</summary>
    public required IReadOnlyList<CategoryEncoder> Encoders { get; init; }

    /// <summary>What is predicted.</summary>
    public required LabelDefinition Label { get; init; }

    /// <summary>The metric of the search, measured on the validation part.</summary>
    public required string Metric { get; init; }

    /// <summary>Whether more of it is better.</summary>
    public required bool Maximize { get; init; }

    /// <summary>Seed for everything random in training.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Most threads that training may use, at least 1; a machine with fewer processors uses those it has.</summary>
    public int Threads { get; init; } = 1;
}

/// <summary>What a trainer leaves as <c>metrics.json</c> beside <c>model.onnx</c>.</summary>
public sealed record TrialMetrics
{
    /// <summary>Metric name to value on the validation part; holds at least the search's metric.</summary>
    public required IReadOnlyDictionary<string, double> Validation { get; init; }

    /// <summary>Boosting rounds (or epochs) that the kept model has.</summary>
    public int Rounds { get; init; }

    /// <summary>Rows of the training part.</summary>
    public long TrainRows { get; init; }

    /// <summary>Rows of the validation part.</summary>
    public long ValidationRows { get; init; }

    /// <summary>Seconds spent in training proper, without reading and export.</summary>
    public double TrainSeconds { get; init; }

    /// <summary>Largest resident memory of the trainer, in bytes; 0 where unknown.</summary>
    public long PeakMemoryBytes { get; init; }

    /// <summary>Share of each feature in the model's total gain, in [0, 1]; empty where the trainer has none.</summary>
    public IReadOnlyDictionary<string, double> Importance { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);
}
