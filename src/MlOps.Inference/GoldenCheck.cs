using MlOps.Core.Features;

namespace MlOps.Inference;

/// <summary>
/// Golden rows: inputs kept with the answers that were right when the model was made. A loaded model that answers differently
/// is damaged, is another model, or runs on a runtime that computes differently.
/// </summary>
public static class GoldenCheck
{
    /// <summary>Scores the rows and compares.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">The golden rows; at least one.</param>
    /// <param name="expected">Their answers, shape [rows, outputs] row by row.</param>
    /// <param name="tolerance">
    /// Largest difference: absolute for probabilities; for regression as a share of the largest answer (float32 sums of many trees
    /// err in proportion to the terms, not to what is left of them), absolute when all answers are below 1. Default: 1e-5.
    /// </param>
    /// <exception cref="ArgumentException">The rows do not fit the model, or the number of answers differs.</exception>
    public static GoldenResult Compare(OnnxModel model, FeatureBatch rows, ReadOnlySpan<float> expected, double tolerance = 1e-5)
    {
        var actual = model.Score(rows);
        if (actual.Length != expected.Length)
            throw new ArgumentException($"{rows.Rows} golden rows have {actual.Length} answers, {expected.Length} were given.", nameof(expected));
        var scale = 1.0;
        foreach (var answer in expected) scale = Math.Max(scale, Math.Abs(answer));
        var (worst, largest) = (0, 0.0);
        for (var i = 0; i < actual.Length; i++)
        {
            var difference = Math.Abs((double)actual[i] - expected[i]) / scale;
            // Two NaN agree; one alone never does. A scale that is infinite lets nothing pass.
            if (double.IsNaN(difference)) difference = float.IsNaN(actual[i]) && float.IsNaN(expected[i]) ? 0 : double.PositiveInfinity;
            if (difference > largest) (worst, largest) = (i, difference);
        }
        var row = worst / model.Signature.OutputWidth;
        return new(largest <= tolerance, rows.Rows, largest,
            $"Largest difference over {rows.Rows} golden rows: {largest:G3} (allowed {tolerance:G3}), row {row + 1}: {actual[worst]:G9} instead of {expected[worst]:G9}.");
    }
}

/// <summary>What became of golden rows.</summary>
/// <param name="Passed">Whether every answer is within the tolerance.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="MaxDifference">Largest difference, in the sense of the tolerance.</param>
/// <param name="Detail">One sentence for people, with the row that differs most.</param>
public sealed record GoldenResult(bool Passed, int Rows, double MaxDifference, string Detail);
