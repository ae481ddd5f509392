using MlOps.Core.Features;
using MlOps.Core.Specification;

namespace MlOps.Trainer.Encoding;

/// <summary>Which columns of the numeric matrix each feature becomes: one, or one a category for one-hot.</summary>
internal sealed class MatrixLayout
{
    private readonly Dictionary<string, CategoryEncoder> _encoders;

    /// <summary>The layout of a trial.</summary>
    /// <exception cref="TrainerInputException">A category has no encoder.</exception>
    public MatrixLayout(IReadOnlyList<FeatureDefinition> features, IReadOnlyList<CategoryEncoder> encoders)
    {
        Features = features;
        _encoders = encoders.ToDictionary(e => e.Feature, StringComparer.Ordinal);
        var ofColumn = new List<int>();
        for (var f = 0; f < features.Count; f++) ofColumn.AddRange(Enumerable.Repeat(f, EncoderOf(features[f])?.Width ?? 1));
        FeatureOfColumn = [.. ofColumn];
        if (Columns == 0) throw new TrainerInputException("spec.json: the features have no columns: there is none, or each is a one-hot category without a value.");
    }

    public IReadOnlyList<FeatureDefinition> Features { get; }

    /// <summary>Index of the feature that each column belongs to.</summary>
    public int[] FeatureOfColumn { get; }

    public int Columns => FeatureOfColumn.Length;

    /// <summary>The encoder of a category; <see langword="null"/> for a number.</summary>
    public CategoryEncoder? EncoderOf(FeatureDefinition feature)
    {
        if (feature.Kind is FeatureKind.Number) return null;
        return _encoders.TryGetValue(feature.Name, out var encoder) ? encoder : throw new TrainerInputException(
            $"spec.json: category '{feature.Name}' has no entry in 'encoders'.");
    }

    /// <summary>The examples as numbers, shape [rows, <see cref="Columns"/>] row by row; NaN where missing.</summary>
    /// <exception cref="TrainerInputException">A number is infinite.</exception>
    public float[] Encode(FeatureBatch batch)
    {
        var matrix = new float[checked(batch.Rows * Columns)];
        for (int f = 0, column = 0; f < Features.Count; f++)
        {
            var encoder = EncoderOf(Features[f]);
            switch (batch.Columns[f])
            {
                case NumberColumn numbers:
                    Copy(numbers, matrix, column);
                    break;
                case CategoryColumn categories:
                    Encode(categories.Values.Span, encoder!, matrix, column);
                    break;
            }
            column += encoder?.Width ?? 1;
        }
        return matrix;
    }

    private void Copy(NumberColumn numbers, float[] matrix, int column)
    {
        var values = numbers.Values.Span;
        for (var row = 0; row < values.Length; row++)
        {
            if (float.IsInfinity(values[row]))
                throw new TrainerInputException($"Feature '{numbers.Name}', row {row + 1}: the value is infinite. Give NULL for missing, or bound the expression.");
            matrix[row * Columns + column] = values[row];
        }
    }

    private void Encode(ReadOnlySpan<string> values, CategoryEncoder encoder, float[] matrix, int column)
    {
        var positions = new Dictionary<string, int>(encoder.Categories.Count, StringComparer.Ordinal);
        for (var c = 0; c < encoder.Categories.Count; c++) positions[encoder.Categories[c]] = c;
        for (var row = 0; row < values.Length; row++)
        {
            var known = positions.TryGetValue(values[row], out var position);
            var start = row * Columns + column;
            if (encoder.Method is not EncodingMethod.OneHot) matrix[start] = known ? encoder.Values[position] : encoder.Default;
            else if (known) matrix[start + position] = 1;
        }
    }
}
