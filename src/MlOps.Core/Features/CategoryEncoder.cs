using MlOps.Core.Specification;

namespace MlOps.Core.Features;

/// <summary>How one category becomes numbers: fitted on the training part, carried inside the ONNX graph.</summary>
public sealed record CategoryEncoder
{
    /// <summary>The feature's name.</summary>
    public required string Feature { get; init; }

    /// <summary>The method.</summary>
    public required EncodingMethod Method { get; init; }

    /// <summary>The categories seen in training, in ordinal text order; the empty text stands for missing.</summary>
    public required IReadOnlyList<string> Categories { get; init; }

    /// <summary>
    /// Target: the value of each category, in the label's unit (binary: share of positives). Ordinal: its rank. One-hot: empty.
    /// </summary>
    public IReadOnlyList<float> Values { get; init; } = [];

    /// <summary>The value of a category not seen in training: the training part's mean for target, -1 for ordinal; one-hot gives all zeros.</summary>
    public float Default { get; init; }

    /// <summary>
    /// Column of <c>train.parquet</c> with the encoding fitted out of fold, so that no training example sees its own label;
    /// <see langword="null"/>: the training part is encoded like any other.
    /// </summary>
    public string? TrainColumn { get; init; }

    /// <summary>How many numbers a category becomes.</summary>
    public int Width => Method is EncodingMethod.OneHot ? Categories.Count : 1;
}
