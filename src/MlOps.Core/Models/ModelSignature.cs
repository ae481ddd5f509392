using MlOps.Core.Features;
using MlOps.Core.Specification;

namespace MlOps.Core.Models;

/// <summary>What a model takes and answers; <c>signature.json</c> of every model version.</summary>
public sealed record ModelSignature
{
    /// <summary>
    /// Name of the one output that every model has: float32 [n, k]. Binary: k = 1, probability of the positive class.
    /// Multiclass: k = number of classes, probabilities that sum to 1. Regression: k = 1, the value.
    /// </summary>
    public const string OutputName = "prediction";

    /// <summary>The graph's inputs, in order.</summary>
    public required IReadOnlyList<FeatureDefinition> Inputs { get; init; }

    /// <summary>The kind of problem.</summary>
    public required LearningTask Task { get; init; }

    /// <summary>Names of the classes in the order of the outputs; empty for regression.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Columns of the output.</summary>
    public int OutputWidth => Task is LearningTask.Multiclass ? Classes.Count : 1;
}
