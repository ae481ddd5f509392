namespace MlOps.Trainer.Encoding;

/// <summary>
/// Columns moved to mean 0 and scaled to deviation 1 for linear models: the penalty then treats all alike, descent converges,
/// and a missing value, set to 0 afterwards, counts as the average one.
/// </summary>
/// <param name="Means">Shape [columns]; of the values that are there.</param>
/// <param name="Scales">Shape [columns]: one over the standard deviation; 1 for a constant column.</param>
internal sealed record Standardization(float[] Means, float[] Scales)
{
    /// <summary>Measures the training part.</summary>
    public static Standardization Fit(ReadOnlySpan<float> matrix, int columns)
    {
        var (means, scales) = (new float[columns], new float[columns]);
        for (var c = 0; c < columns; c++)
        {
            // Welford (1962): one pass, no cancellation.
            var (count, mean, squares) = (0L, 0.0, 0.0);
            for (var i = c; i < matrix.Length; i += columns)
            {
                if (float.IsNaN(matrix[i])) continue;
                var delta = matrix[i] - mean;
                mean += delta / ++count;
                squares += delta * (matrix[i] - mean);
            }
            var deviation = count > 0 ? Math.Sqrt(squares / count) : 0;
            (means[c], scales[c]) = ((float)mean, deviation > 0 ? (float)(1 / deviation) : 1f);
        }
        return new(means, scales);
    }

    /// <summary>Applies it in place, with the same two float32 operations as the exported graph.</summary>
    public void Apply(Span<float> matrix)
    {
        for (var i = 0; i < matrix.Length; i++)
        {
            var c = i % Means.Length;
            matrix[i] = float.IsNaN(matrix[i]) ? 0 : (matrix[i] - Means[c]) * Scales[c];
        }
    }
}
