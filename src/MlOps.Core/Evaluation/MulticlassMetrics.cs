namespace MlOps.Core.Evaluation;

/// <summary>
/// Metrics of models with k ≥ 2 classes. Everywhere: <c>probabilities</c> has shape [n, k] row by row, n ≥ 1, each in [0, 1];
/// <c>labels</c> has shape [n], the index of the class as a whole number below k; anything else is an
/// <see cref="ArgumentException"/>. The predicted class is the most probable one, the first of equals.
/// </summary>
public static class MulticlassMetrics
{
    /// <summary>Mean negative log-probability of the true class, in nats; clipped like <see cref="BinaryMetrics.LogLoss"/>. Lower is better.</summary>
    /// <remarks>Bishop, Pattern Recognition and Machine Learning (2006), 4.108, divided by n.</remarks>
    public static double LogLoss(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels, int classes)
    {
        MetricArguments.CheckClasses(probabilities, labels, classes);
        var sum = 0.0;
        for (var i = 0; i < labels.Length; i++) sum += BinaryMetrics.LogLossOf(probabilities[i * classes + (int)labels[i]], positive: true);
        return sum / labels.Length;
    }

    /// <summary>Share of rows whose predicted class is the true one. In [0, 1].</summary>
    public static double Accuracy(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels, int classes) =>
        ClassScores.Of(Confusion(probabilities, labels, classes), classes).Accuracy;

    /// <summary>Macro-averaged precision: the mean over the classes that occur as label or prediction; a class never predicted counts 0. In [0, 1].</summary>
    public static double Precision(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels, int classes) =>
        ClassScores.Of(Confusion(probabilities, labels, classes), classes).Precision;

    /// <summary>Macro-averaged recall: the mean over the classes that occur as label or prediction. In [0, 1].</summary>
    public static double Recall(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels, int classes) =>
        ClassScores.Of(Confusion(probabilities, labels, classes), classes).Recall;

    /// <summary>Macro-averaged F1: the mean of the classes' F1, over the classes that occur as label or prediction. In [0, 1].</summary>
    /// <remarks>Opitz and Burst, Macro F1 and Macro F1 (2019): the averaged F1, not the F1 of the averages; as scikit-learn.</remarks>
    public static double F1(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels, int classes) =>
        ClassScores.Of(Confusion(probabilities, labels, classes), classes).F1;

    /// <summary>Counts of rows, shape [k, k]: entry [actual * k + predicted].</summary>
    public static long[] Confusion(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels, int classes)
    {
        MetricArguments.CheckClasses(probabilities, labels, classes);
        var counts = new long[classes * classes];
        for (var i = 0; i < labels.Length; i++)
            counts[(int)labels[i] * classes + MostProbable(probabilities.Slice(i * classes, classes))]++;
        return counts;
    }

    internal static int MostProbable(ReadOnlySpan<float> row)
    {
        var best = 0;
        for (var c = 1; c < row.Length; c++)
        {
            if (row[c] > row[best]) best = c;
        }
        return best;
    }
}

/// <summary>What follows from a confusion matrix alone.</summary>
internal readonly record struct ClassScores(double Accuracy, double Precision, double Recall, double F1)
{
    public static ClassScores Of(ReadOnlySpan<long> confusion, int classes)
    {
        var (rows, right, precision, recall, f1, present) = (0L, 0L, 0.0, 0.0, 0.0, 0);
        for (var c = 0; c < classes; c++)
        {
            var (actual, predicted, hit) = (0L, 0L, confusion[c * classes + c]);
            for (var other = 0; other < classes; other++)
            {
                actual += confusion[c * classes + other];
                predicted += confusion[other * classes + c];
            }
            (rows, right) = (rows + actual, right + hit);
            if (actual + predicted == 0) continue;
            present++;
            if (predicted > 0) precision += (double)hit / predicted;
            if (actual > 0) recall += (double)hit / actual;
            f1 += 2.0 * hit / (actual + predicted);
        }
        return new((double)right / rows, precision / present, recall / present, f1 / present);
    }
}
