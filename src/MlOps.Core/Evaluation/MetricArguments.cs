namespace MlOps.Core.Evaluation;

/// <summary>The checks that every metric makes of what it is given.</summary>
internal static class MetricArguments
{
    public static void CheckProbabilities(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        CheckLengths(probabilities.Length, labels.Length, 1);
        for (var i = 0; i < probabilities.Length; i++)
        {
            // Written so that NaN fails too.
            if (!(probabilities[i] >= 0 && probabilities[i] <= 1))
                throw new ArgumentException($"Row {i}: probability {probabilities[i]} is not in [0, 1].", nameof(probabilities));
            if (labels[i] is not (0 or 1))
                throw new ArgumentException($"Row {i}: label {labels[i]} is neither 0 nor 1.", nameof(labels));
        }
    }

    public static void CheckClasses(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        CheckLengths(probabilities.Length, labels.Length, classes);
        foreach (var p in probabilities)
        {
            if (!(p >= 0 && p <= 1)) throw new ArgumentException($"Probability {p} is not in [0, 1].", nameof(probabilities));
        }
        for (var i = 0; i < labels.Length; i++)
        {
            if (!(labels[i] >= 0 && labels[i] < classes) || labels[i] != (int)labels[i])
                throw new ArgumentException($"Row {i}: label {labels[i]} is no class index below {classes}.", nameof(labels));
        }
    }

    public static void CheckValues(ReadOnlySpan<float> predictions, ReadOnlySpan<float> labels)
    {
        CheckLengths(predictions.Length, labels.Length, 1);
        for (var i = 0; i < predictions.Length; i++)
        {
            if (!float.IsFinite(predictions[i])) throw new ArgumentException($"Row {i}: prediction {predictions[i]} is not finite.", nameof(predictions));
            if (!float.IsFinite(labels[i])) throw new ArgumentException($"Row {i}: label {labels[i]} is not finite.", nameof(labels));
        }
    }

    private static void CheckLengths(int predictions, int labels, int width)
    {
        if (labels == 0) throw new ArgumentException("A metric needs at least one row.", nameof(labels));
        if (predictions != (long)labels * width)
            throw new ArgumentException($"{labels} labels need {(long)labels * width} predictions ({width} a row), there are {predictions}.", nameof(predictions));
    }
}
