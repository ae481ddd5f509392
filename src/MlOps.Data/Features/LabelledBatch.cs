using MlOps.Core.Features;

namespace MlOps.Data.Features;

/// <summary>Rows of a test file, ready for a model.</summary>
/// <param name="Features">The model's inputs.</param>
/// <param name="Labels">The label of each row; NaN where the file has none.</param>
/// <param name="Slices">For each slice asked for: the value of each row as text, empty where missing.</param>
public sealed record LabelledBatch(FeatureBatch Features, ReadOnlyMemory<float> Labels, IReadOnlyDictionary<string, ReadOnlyMemory<string>> Slices);
