using MlOps.Core.Evaluation;

namespace MlOps.Inference.Evaluation;

/// <summary>Predicted against observed share of positives, the points of a reliability diagram.</summary>
/// <remarks>DeGroot and Fienberg (1983); ten bins of equal width.</remarks>
internal static class Calibration
{
    private const int Bins = 10;

    public static IReadOnlyList<CalibrationBin> Of(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        var (rows, predicted, positive) = (new long[Bins], new double[Bins], new double[Bins]);
        for (var i = 0; i < labels.Length; i++)
        {
            var bin = Math.Min((int)(probabilities[i] * Bins), Bins - 1);
            rows[bin]++;
            predicted[bin] += probabilities[i];
            positive[bin] += labels[i];
        }
        return
        [
            .. Enumerable.Range(0, Bins).Where(b => rows[b] > 0).Select(b =>
                new CalibrationBin((double)b / Bins, (double)(b + 1) / Bins, rows[b], predicted[b] / rows[b], positive[b] / rows[b])),
        ];
    }
}
