using MlOps.Core.Endpoints;

namespace MlOps.Pipelines.Staging;

/// <summary>Holds answers against those that evaluation got.</summary>
internal static class GoldenAnswers
{
    // Scores are float32 sums; the batch they are computed in may change their order. They err in proportion to the largest answer.
    private const double Tolerance = 1e-4;

    /// <summary>Whether the golden rows were answered as evaluated, and one sentence about it.</summary>
    public static (bool Passed, string Detail) Compare(GoldenRows golden, IReadOnlyList<Prediction> predictions)
    {
        if (predictions.Count != golden.Expected.Count) return (false, $"{predictions.Count} predictions came for {golden.Expected.Count} golden rows");
        var scale = golden.Expected.SelectMany(e => e).Select(e => Math.Abs((double)e)).Append(1).Max();
        var worst = golden.Expected.Zip(predictions, (expected, got) => DifferenceOf(expected, got.Scores) / scale).DefaultIfEmpty(0).Max();
        return worst <= Tolerance
            ? (true, $"{golden.Instances.Count} golden rows answered as evaluated (largest difference {worst:0.0e0})")
            : (false, $"a golden row's answer differs by {worst:0.0000} from the evaluation, more than {Tolerance} (as a share of the largest answer, where that is above 1)");
    }

    /// <summary>Largest difference of two outputs; infinite where they cannot be compared, as with NaN.</summary>
    private static double DifferenceOf(IReadOnlyList<float> expected, IReadOnlyList<float> got)
    {
        if (expected.Count != got.Count) return double.PositiveInfinity;
        return expected.Zip(got, (e, g) => Math.Abs((double)e - g)).Select(d => double.IsNaN(d) ? double.PositiveInfinity : d).DefaultIfEmpty(0).Max();
    }
}
