using MlOps.Core.Sampling;

namespace MlOps.Core.Evaluation;

/// <summary>
/// How much a metric of one model differs from that of another on the same rows, and how sure that is. Both are measured on the same
/// resamples, so that what makes a row hard for both cancels out; the shares of two separate intervals would be far too wide.
/// </summary>
/// <remarks>
/// Efron and Tibshirani, An Introduction to the Bootstrap (1993): percentile interval, chapter 13; achieved significance level,
/// chapters 15 and 16, as (1 + k) / (1 + B) after Davison and Hinkley, Bootstrap Methods and their Application (1997), 4.2.5.
/// Resamples are drawn as <see cref="PoissonBootstrap"/> draws them. Tested against DeLong et al. (1988) for the AUC.
/// </remarks>
public static class PairedBootstrap
{
    /// <summary>Resamples. The smallest p is a thousandth: enough for a confidence of 99 %.</summary>
    public const int Replicates = 1000;

    private const int Seed = 1;

    /// <summary>Compares two models.</summary>
    /// <param name="metric">A metric of their task.</param>
    /// <param name="first">The one.</param>
    /// <param name="second">The other, on the same rows in the same order.</param>
    /// <param name="holds">What is to be shown of the difference, first minus second.</param>
    /// <returns><see langword="null"/>: the metric is undefined, or no metric of the task.</returns>
    /// <exception cref="ArgumentException">The rows are not the same number, or none.</exception>
    public static PairedDifference? Compare(string metric, TestScores first, TestScores second, Func<double, bool> holds)
    {
        if (first.Rows != second.Rows)
            throw new ArgumentException($"One model was scored on {first.Rows} rows, the other on {second.Rows}: only the same rows can be compared.", nameof(second));
        var (one, other) = (Sample.Of(first), Sample.Of(second));
        var weights = new byte[first.Rows];
        weights.AsSpan().Fill(1);
        if (Difference(metric, one, other, weights) is not { } measured) return null;

        var random = new SplitMix64(Seed);
        var values = new List<double>(Replicates);
        var against = 0;
        for (var r = 0; r < Replicates; r++)
        {
            PoissonBootstrap.Draw(weights, ref random);
            var drawn = Difference(metric, one, other, weights);
            if (drawn is { } value) values.Add(value);
            // A resample in which the metric is undefined shows nothing.
            if (drawn is not { } shown || !holds(shown)) against++;
        }
        if (values.Count <= Replicates / 2) return null;
        return new(measured, PoissonBootstrap.PercentileInterval(values), (1.0 + against) / (1 + Replicates), first.Rows);
    }

    private static double? Difference(string metric, Sample one, Sample other, byte[] weights) =>
        one.Measure(metric, weights) is { } first && other.Measure(metric, weights) is { } second ? first - second : null;

    /// <summary>A model's rows, and room for their weights in the order that the sample wants.</summary>
    private sealed record Sample(IResample Rows, byte[] Ordered)
    {
        public static Sample Of(TestScores scores) => new(scores.Resample(), new byte[scores.Rows]);

        public double? Measure(string metric, byte[] weights)
        {
            var order = Rows.Order;
            for (var i = 0; i < order.Length; i++) Ordered[i] = weights[order[i]];
            return Rows.Measure(order.Length > 0 ? Ordered : weights).TryGetValue(metric, out var value) && double.IsFinite(value) ? value : null;
        }
    }
}

/// <summary>How much a metric of one model differs from that of another on the same rows.</summary>
/// <param name="Value">The difference, the first's minus the second's.</param>
/// <param name="Interval">Its 95 % interval.</param>
/// <param name="PValue">How likely the resamples speak against what is to be shown, one-sided; in (0, 1].</param>
/// <param name="Rows">The rows.</param>
public sealed record PairedDifference(double Value, ConfidenceInterval Interval, double PValue, long Rows);
