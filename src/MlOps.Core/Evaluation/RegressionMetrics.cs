namespace MlOps.Core.Evaluation;

/// <summary>
/// Metrics of models that answer a number. Everywhere: <c>predictions</c> and <c>labels</c> have shape [n], n ≥ 1, the same order
/// and the label's unit; a value that is not finite is an <see cref="ArgumentException"/>.
/// </summary>
public static class RegressionMetrics
{
    /// <summary>Root mean squared error, in the label's unit. At least 0; lower is better.</summary>
    public static double Rmse(ReadOnlySpan<float> predictions, ReadOnlySpan<float> labels)
    {
        MetricArguments.CheckValues(predictions, labels);
        return Math.Sqrt(SquaredErrors(predictions, labels) / labels.Length);
    }

    /// <summary>Mean absolute error, in the label's unit. At least 0; lower is better.</summary>
    public static double Mae(ReadOnlySpan<float> predictions, ReadOnlySpan<float> labels)
    {
        MetricArguments.CheckValues(predictions, labels);
        var sum = 0.0;
        for (var i = 0; i < labels.Length; i++) sum += Math.Abs((double)predictions[i] - labels[i]);
        return sum / labels.Length;
    }

    /// <summary>
    /// Coefficient of determination, 1 - SSE / SST: the share of the label's variance that the model explains. At most 1; 0 is
    /// what the labels' own mean reaches. NaN when all labels are equal.
    /// </summary>
    /// <remarks>Kvålseth, Cautionary Note about R² (1985), equation 1.</remarks>
    public static double R2(ReadOnlySpan<float> predictions, ReadOnlySpan<float> labels)
    {
        MetricArguments.CheckValues(predictions, labels);
        var (mean, total) = (Mean(labels), 0.0);
        foreach (var label in labels) total += (label - mean) * (label - mean);
        return total == 0 ? double.NaN : 1 - SquaredErrors(predictions, labels) / total;
    }

    internal static double Mean(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        return sum / values.Length;
    }

    private static double SquaredErrors(ReadOnlySpan<float> predictions, ReadOnlySpan<float> labels)
    {
        var sum = 0.0;
        for (var i = 0; i < labels.Length; i++)
        {
            var error = (double)predictions[i] - labels[i];
            sum += error * error;
        }
        return sum;
    }
}
