using MlOps.Core.Specification;

namespace MlOps.Core.Releases;

/// <summary>
/// One condition on a version while it takes traffic: <c>errorRate &lt;= 1%</c>, <c>latencyP99 &lt;= champion.latencyP99 * 1.2</c>,
/// <c>reported.conversion >= champion.reported.conversion - 0.01</c>.
/// </summary>
public sealed record ReleaseCondition
{
    /// <summary>At most one request in a hundred fails.</summary>
    public static ReleaseCondition FewErrors { get; } = new() { Text = "errorRate <= 1%", Metric = ReleaseMetrics.ErrorRate, Comparison = GateComparison.AtMost, Constant = 0.01 };

    /// <summary>The condition as written.</summary>
    public required string Text { get; init; }

    /// <summary>The new version's metric: one of <see cref="ReleaseMetrics"/>.</summary>
    public required string Metric { get; init; }

    /// <summary>The comparison.</summary>
    public required GateComparison Comparison { get; init; }

    /// <summary>The metric of the version in production on the right; <see langword="null"/> when the right side is a number alone.</summary>
    public string? ChampionMetric { get; init; }

    /// <summary>What that metric is multiplied by. Default: 1.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>The number on the right, added to the metric where there is one; times in milliseconds.</summary>
    public double Constant { get; init; }
}

/// <summary>What conditions of a release can be about.</summary>
public static class ReleaseMetrics
{
    /// <summary>Share of the requests that failed for no fault of their caller.</summary>
    public const string ErrorRate = "errorRate";

    /// <summary>Share of the requests that were refused for what was in them.</summary>
    public const string RefusalRate = "refusalRate";

    /// <summary>Median time of a request, in milliseconds.</summary>
    public const string LatencyP50 = "latencyP50";

    /// <summary>Time that 99 of 100 requests stay below, in milliseconds.</summary>
    public const string LatencyP99 = "latencyP99";

    /// <summary>Mean score.</summary>
    public const string PredictionMean = "predictionMean";

    /// <summary>Population stability index of the scores against those of the version in production in the same time.</summary>
    public const string PredictionDrift = "predictionDrift";

    /// <summary>Share of the mirrored rows that both versions answer alike.</summary>
    public const string Agreement = "agreement";

    /// <summary>Mean absolute difference of the scores of mirrored rows.</summary>
    public const string Difference = "difference";

    /// <summary>Before the name of a metric that applications report.</summary>
    public const string ReportedPrefix = "reported.";

    /// <summary>All but the reported ones.</summary>
    public static IReadOnlyList<string> All { get; } = [ErrorRate, RefusalRate, LatencyP50, LatencyP99, PredictionMean, PredictionDrift, Agreement, Difference];

    /// <summary>Those that compare with the version in production by themselves, so that it has none of its own.</summary>
    public static IReadOnlyList<string> Relative { get; } = [PredictionDrift, Agreement, Difference];

    /// <summary>Those that are times.</summary>
    public static IReadOnlyList<string> Times { get; } = [LatencyP50, LatencyP99];
}
