namespace MlOps.Core.Evaluation;

/// <summary>
/// Metrics of two-class models. Everywhere: <c>probabilities</c> has shape [n], n ≥ 1, the probability of the positive class in
/// [0, 1]; <c>labels</c> has shape [n] in the same order, 1 for positive and 0 for negative; anything else is an
/// <see cref="ArgumentException"/>. A row counts as predicted positive from probability 0.5 on.
/// </summary>
public static class BinaryMetrics
{
    /// <summary>The probability from which a row counts as predicted positive.</summary>
    public const float Threshold = 0.5f;

    // Distance of float32 from 1: what scikit-learn's log_loss clips by for float32 input, and finite where a model is sure and wrong.
    internal const float Clip = 1.1920929e-7f;

    /// <summary>Area under the ROC curve: the chance that a random positive is ranked above a random negative, ties counting half. In [0, 1]; NaN when a class is absent.</summary>
    /// <remarks>O(n log n). Hanley and McNeil (1982): the Mann-Whitney statistic over the number of pairs.</remarks>
    public static double Auc(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        MetricArguments.CheckProbabilities(probabilities, labels);
        return AucOfSorted(SortByScore(probabilities, labels));
    }

    /// <summary>Mean negative log-likelihood in nats; probabilities are clipped to [ε, 1 - ε] with float32's ε = 1.19e-7. Lower is better, at least 0.</summary>
    /// <remarks>Bishop, Pattern Recognition and Machine Learning (2006), 4.90, divided by n.</remarks>
    public static double LogLoss(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        MetricArguments.CheckProbabilities(probabilities, labels);
        var sum = 0.0;
        for (var i = 0; i < labels.Length; i++) sum += LogLossOf(probabilities[i], labels[i] == 1);
        return sum / labels.Length;
    }

    /// <summary>Brier score: mean squared distance between predicted probability and outcome. In [0, 1]; lower is better.</summary>
    /// <remarks>Brier (1950), in the one-class form: half of the original sum over both classes.</remarks>
    public static double Brier(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        MetricArguments.CheckProbabilities(probabilities, labels);
        var sum = 0.0;
        for (var i = 0; i < labels.Length; i++)
        {
            var error = (double)probabilities[i] - labels[i];
            sum += error * error;
        }
        return sum / labels.Length;
    }

    /// <summary>Share of rows on the right side of 0.5. In [0, 1].</summary>
    public static double Accuracy(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels) =>
        Confusion(probabilities, labels).Accuracy;

    /// <summary>Share of true positives among the predicted positives. In [0, 1]; 0 when nothing is predicted positive, as scikit-learn has it.</summary>
    public static double Precision(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels) =>
        Confusion(probabilities, labels).Precision;

    /// <summary>Share of the positives that are predicted positive. In [0, 1]; 0 when there is no positive.</summary>
    public static double Recall(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels) =>
        Confusion(probabilities, labels).Recall;

    /// <summary>Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN). In [0, 1]; 0 when that is 0 / 0.</summary>
    public static double F1(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels) =>
        Confusion(probabilities, labels).F1;

    /// <summary>The counts behind accuracy, precision, recall and F1.</summary>
    public static BinaryConfusion Confusion(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        MetricArguments.CheckProbabilities(probabilities, labels);
        var (truePositive, falsePositive, falseNegative) = (0L, 0L, 0L);
        for (var i = 0; i < labels.Length; i++)
        {
            var (predicted, actual) = (probabilities[i] >= Threshold, labels[i] == 1);
            if (predicted && actual) truePositive++;
            else if (predicted) falsePositive++;
            else if (actual) falseNegative++;
        }
        return new(truePositive, falsePositive, falseNegative, labels.Length - truePositive - falsePositive - falseNegative);
    }

    internal static double LogLossOf(float probability, bool positive)
    {
        var p = Math.Clamp((double)probability, Clip, 1 - Clip);
        return -Math.Log(positive ? p : 1 - p);
    }

    /// <summary>Score and label packed into one number each, ascending by score: bits of the score, then the label in the last bit.</summary>
    internal static ulong[] SortByScore(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        var sorted = Pack(probabilities, labels);
        Array.Sort(sorted);
        return sorted;
    }

    /// <summary>The same, and for each number the row that it came from.</summary>
    internal static (ulong[] Sorted, int[] Rows) OrderByScore(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        var (sorted, rows) = (Pack(probabilities, labels), new int[labels.Length]);
        for (var i = 0; i < rows.Length; i++) rows[i] = i;
        Array.Sort(sorted, rows);
        return (sorted, rows);
    }

    private static ulong[] Pack(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        var packed = new ulong[labels.Length];
        // Floats from 0 up order like their bits; + 0f makes -0 the same as 0.
        for (var i = 0; i < packed.Length; i++)
            packed[i] = ((ulong)BitConverter.SingleToUInt32Bits(probabilities[i] + 0f) << 1) | (labels[i] == 1 ? 1UL : 0UL);
        return packed;
    }

    private static double AucOfSorted(ReadOnlySpan<ulong> sorted)
    {
        var (positives, negatives, twiceArea) = (0L, 0L, 0.0);
        for (var i = 0; i < sorted.Length;)
        {
            var score = sorted[i] >> 1;
            var (tiedPositives, tiedNegatives) = (0L, 0L);
            for (; i < sorted.Length && sorted[i] >> 1 == score; i++)
            {
                if ((sorted[i] & 1) == 1) tiedPositives++;
                else tiedNegatives++;
            }
            twiceArea += (double)tiedPositives * (2 * negatives + tiedNegatives);
            positives += tiedPositives;
            negatives += tiedNegatives;
        }
        return twiceArea / (2.0 * positives * negatives);
    }
}

/// <summary>How predictions and outcomes of a two-class model meet.</summary>
/// <param name="TruePositive">Predicted positive, and positive.</param>
/// <param name="FalsePositive">Predicted positive, but negative.</param>
/// <param name="FalseNegative">Predicted negative, but positive.</param>
/// <param name="TrueNegative">Predicted negative, and negative.</param>
public readonly record struct BinaryConfusion(long TruePositive, long FalsePositive, long FalseNegative, long TrueNegative)
{
    /// <summary>Share of right predictions.</summary>
    public double Accuracy => Share(TruePositive + TrueNegative, TruePositive + FalsePositive + FalseNegative + TrueNegative);

    /// <summary>Share of true positives among the predicted positives; 0 when there is none.</summary>
    public double Precision => Share(TruePositive, TruePositive + FalsePositive);

    /// <summary>Share of the positives that were found; 0 when there is none.</summary>
    public double Recall => Share(TruePositive, TruePositive + FalseNegative);

    /// <summary>Harmonic mean of the two; 0 when neither exists.</summary>
    public double F1 => Share(2 * TruePositive, 2 * TruePositive + FalsePositive + FalseNegative);

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
