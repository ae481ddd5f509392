using MlOps.Core.Specification;

namespace MlOps.Core.Features;

/// <summary>
/// From a raw row to the model's inputs, without the label: part of every model version (<c>features.json</c>), so that
/// training, evaluation and serving compute the same.
/// </summary>
public sealed record FeatureTransform
{
    /// <summary>The raw columns that the expressions read, with their types: what a prediction request may carry.</summary>
    public required IReadOnlyList<ColumnSpec> Columns { get; init; }

    /// <summary>The inputs of the model, in the graph's order.</summary>
    public required IReadOnlyList<FeatureDefinition> Features { get; init; }

    /// <summary>What the model predicts.</summary>
    public required LabelDefinition Label { get; init; }
}

/// <summary>One input of the model.</summary>
/// <param name="Name">Name of the ONNX graph's input.</param>
/// <param name="Sql">Expression over <see cref="FeatureTransform.Columns"/>.</param>
/// <param name="Kind">Number (float32, NaN where missing) or category (text, empty where missing).</param>
public sealed record FeatureDefinition(string Name, string Sql, FeatureKind Kind);

/// <summary>What kind of value a feature is.</summary>
public enum FeatureKind
{
    /// <summary>float32, shape [n, 1]; NaN where missing.</summary>
    Number,

    /// <summary>Text, shape [n, 1]; the empty text where missing.</summary>
    Category,
}

/// <summary>What the model predicts.</summary>
/// <param name="Name">Name of the label.</param>
/// <param name="Sql">Expression over the raw columns of labelled data.</param>
/// <param name="Task">The kind of problem.</param>
/// <param name="Classes">Names of the classes in the order of the model's outputs: for binary <c>["false","true"]</c>; empty for regression.</param>
public sealed record LabelDefinition(string Name, string Sql, LearningTask Task, IReadOnlyList<string> Classes);
