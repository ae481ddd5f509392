using MlOps.Core.Datasets;
using MlOps.Core.Features;
using MlOps.Core.Models;

namespace MlOps.Data.Features;

/// <summary>Examples for a pipeline's trials, as files in one folder.</summary>
public sealed record FeatureSet
{
    /// <summary>The training part: features, out-of-fold columns, label.</summary>
    public const string TrainFile = "train.parquet";

    /// <summary>The validation part: features and label.</summary>
    public const string ValidationFile = "validation.parquet";

    /// <summary>The test part: the raw declared columns and the label.</summary>
    public const string TestFile = "test.parquet";

    /// <summary>Up to 1,000 rows of the test part, evenly spread.</summary>
    public const string GoldenFile = "golden.parquet";

    /// <summary>The <see cref="FeatureTransform"/> as JSON.</summary>
    public const string TransformFile = "features.json";

    /// <summary>The list of <see cref="CategoryEncoder"/> as JSON.</summary>
    public const string EncodersFile = "encoders.json";

    /// <summary>The <see cref="InputProfile"/> as JSON.</summary>
    public const string InputsFile = "inputs.json";

    /// <summary>From a raw row to the model's inputs.</summary>
    public required FeatureTransform Transform { get; init; }

    /// <summary>One encoder for each category, fitted on the training part.</summary>
    public required IReadOnlyList<CategoryEncoder> Encoders { get; init; }

    /// <summary>What the raw columns looked like in the training part.</summary>
    public required InputProfile Inputs { get; init; }

    /// <summary>The training part.</summary>
    public required ExamplePart Train { get; init; }

    /// <summary>The validation part.</summary>
    public required ExamplePart Validation { get; init; }

    /// <summary>The test part.</summary>
    public required ExamplePart Test { get; init; }

    /// <summary>For each check leakage: whether training has examples of the test part.</summary>
    public IReadOnlyList<CheckResult> Leakage { get; init; } = [];
}

/// <summary>One part of the examples in numbers.</summary>
/// <param name="Rows">Number of examples.</param>
/// <param name="From">Oldest time stamp, in UTC; <see langword="null"/> where the data has no time column.</param>
/// <param name="To">Newest time stamp, in UTC.</param>
/// <param name="LabelMean">Mean of the label: binary the share of positives, regression the mean value; NaN for multiclass.</param>
/// <param name="Classes">Examples of each class; empty for regression.</param>
public sealed record ExamplePart(long Rows, DateTime? From, DateTime? To, double LabelMean, IReadOnlyDictionary<string, long> Classes);
