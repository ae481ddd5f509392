using System.Globalization;
using MlOps.Core.Evaluation;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;

namespace MlOps.Monitoring.Measuring;

/// <summary>Makes points and judges them against their limits.</summary>
internal static class Points
{
    /// <summary>A value that must not be larger than its limit.</summary>
    /// <param name="metric">What was measured.</param>
    /// <param name="subject">Of what.</param>
    /// <param name="value">The value.</param>
    /// <param name="limit">The limit; <see langword="null"/>: it is only watched.</param>
    /// <param name="what">What it is, for people: <c>Share of missing values of origin</c>.</param>
    /// <param name="reference">What it was in the reference.</param>
    public static MonitorPoint AtMost(string metric, string subject, double value, double? limit, string what, double? reference = null) =>
        Judge(metric, subject, value, limit, GateComparison.AtMost, what) with { Reference = reference };

    /// <summary>A value that must not be smaller than its limit.</summary>
    /// <inheritdoc cref="AtMost"/>
    public static MonitorPoint AtLeast(string metric, string subject, double value, double? limit, string what) =>
        Judge(metric, subject, value, limit, GateComparison.AtLeast, what);

    /// <summary>A metric against a condition of the pipeline.</summary>
    /// <param name="value">Value and interval.</param>
    /// <param name="condition">The condition; <see langword="null"/>: it is only watched.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="subject">Of what.</param>
    /// <param name="reference">The metric in the model's own evaluation; NaN or absent: not known.</param>
    /// <param name="certain">Whether the whole interval must be beyond the limit.</param>
    public static MonitorPoint Condition(
        (double Value, ConfidenceInterval? Interval) value, GateSpec? condition, string metric, string subject, double? reference, bool certain)
    {
        var known = reference is { } r && !double.IsNaN(r) ? reference : null;
        var limit = condition switch
        {
            null => null,
            { ChampionMetric: null } => condition.Constant,
            _ => known + condition.Constant,
        };
        var comparison = condition?.Comparison ?? GateComparison.AtLeast;
        var judged = !certain || value.Interval is null ? value.Value
            : comparison is GateComparison.AtLeast or GateComparison.MoreThan ? value.Interval.Value.High : value.Interval.Value.Low;
        var breached = limit is { } l && !double.IsNaN(value.Value) && !comparison.IsMetBy(judged, l);
        var interval = value.Interval is { } i ? $" (95 % between {Number(i.Low)} and {Number(i.High)})" : "";
        return new MonitorPoint
        {
            Metric = metric,
            Subject = subject,
            Value = value.Value,
            Interval = value.Interval,
            Reference = known,
            Limit = limit,
            Comparison = comparison,
            Breached = breached,
            Detail = $"{metric}{Of(subject)} is {Number(value.Value)}{interval}"
                + (limit is { } bound ? $"; expected {comparison.InWords()} {Number(bound)}" : "")
                + (known is { } before ? $"; at evaluation {Number(before)}." : "."),
        };
    }

    /// <summary>A number for people.</summary>
    public static string Number(double value) => double.IsNaN(value) ? "undefined" : value.ToString("0.####", CultureInfo.InvariantCulture);

    private static MonitorPoint Judge(string metric, string subject, double value, double? limit, GateComparison comparison, string what) => new()
    {
        Metric = metric,
        Subject = subject,
        Value = value,
        Limit = limit,
        Comparison = comparison,
        Breached = limit is { } l && !double.IsNaN(value) && !comparison.IsMetBy(value, l),
        Detail = $"{what} is {Number(value)}{(limit is { } bound ? $"; expected {comparison.InWords()} {Number(bound)}." : ".")}",
    };

    private static string Of(string subject) => subject.Length is 0 ? "" : $" of {subject}";
}
