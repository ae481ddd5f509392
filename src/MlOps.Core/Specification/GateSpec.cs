namespace MlOps.Core.Specification;

/// <summary>One condition on a candidate: <c>auc >= 0.65</c>, <c>auc > champion.auc with 95% confidence</c>, <c>latencyP99 &lt;= 2ms</c>.</summary>
public sealed record GateSpec
{
    /// <summary>The condition as written.</summary>
    public required string Text { get; init; }

    /// <summary>The candidate's metric on the left: a name of <c>MetricNames</c>, or <c>latencyP50</c>, <c>latencyP99</c> (milliseconds for one row).</summary>
    public required string Metric { get; init; }

    /// <summary>The comparison.</summary>
    public required GateComparison Comparison { get; init; }

    /// <summary>The champion's metric on the right; <see langword="null"/> when the right side is a number alone.</summary>
    public string? ChampionMetric { get; init; }

    /// <summary>The number on the right, added to the champion's metric where there is one; times in milliseconds.</summary>
    public double Constant { get; init; }

    /// <summary>
    /// How sure it must be that the condition on the champion holds, in (0.5, 0.99], by a paired test on the same rows; <see langword="null"/>:
    /// the measured values decide.
    /// </summary>
    public double? Confidence { get; init; }
}
