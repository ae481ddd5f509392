using MlOps.Core.Evaluation;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Monitoring.Windows;

namespace MlOps.Monitoring.Measuring;

/// <summary>The model's metrics on answers whose label has come, with their intervals, as a whole and within segments.</summary>
internal static class PerformanceMeasurement
{
    private const int Seed = 1;

    public static IReadOnlyList<MonitorPoint> Measure(PerformanceMonitorSpec monitor, MonitorContext context, long rows, long labelled, CancellationToken cancellationToken)
    {
        var (signature, segments) = (context.Signature, context.Segments);
        var answers = context.Window.Read(signature.OutputWidth, segments, "label IS NOT NULL", cancellationToken);
        var (scores, labels, positions) = answers.Labelled(signature);
        var points = new List<MonitorPoint> { Coverage(rows, labelled) };
        if (labels.Length < monitor.MinRows) return points;
        points.AddRange(Metrics(monitor, context, scores, labels));
        for (var s = 0; s < segments.Count; s++)
        {
            foreach (var (value, members) in Groups(answers, s, positions, monitor.MinRows, DriftMeasurement.MostSegments))
                points.AddRange(SegmentMetrics(monitor, context, answers, $"{segments[s]}={value}", segments[s], value, members));
        }
        return points;
    }

    /// <summary>The share of answers whose label has come.</summary>
    public static MonitorPoint Coverage(long rows, long labelled) => new()
    {
        Metric = "labelCoverage", Value = rows is 0 ? double.NaN : (double)labelled / rows, Detail = $"{labelled} of {rows} answers have their label.",
    };

    /// <summary>The most frequent values of a column, each with its rows.</summary>
    public static IEnumerable<(string Value, IReadOnlyList<int> Rows)> Groups(AnsweredRows answers, int column, IEnumerable<int> rows, long minRows, int most) => rows
        .GroupBy(r => answers.Values(column)[r], StringComparer.Ordinal)
        .Where(g => g.Key.Length > 0 && g.LongCount() >= minRows)
        .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
        .Take(most)
        .Select(g => (g.Key, (IReadOnlyList<int>)[.. g]));

    private static IEnumerable<MonitorPoint> Metrics(PerformanceMonitorSpec monitor, MonitorContext context, float[] scores, float[] labels)
    {
        var metrics = MetricSet.Create(context.Signature.Task, [], context.Signature.OutputWidth);
        var intervals = metrics.Intervals(scores, labels, Seed);
        foreach (var (name, value) in metrics.Compute(scores, labels))
        {
            ConfidenceInterval? interval = intervals.TryGetValue(name, out var known) ? known : null;
            var reference = context.Evaluation?.Metrics.GetValueOrDefault(name, double.NaN);
            var conditions = monitor.Expect.Where(e => e.Metric == name).ToList();
            if (conditions.Count is 0) yield return Points.Condition((value, interval), null, name, "", reference, monitor.Certain);
            // Of several conditions on one metric, the one that is broken speaks, or the first.
            else yield return conditions.Select(c => Points.Condition((value, interval), c, name, "", reference, monitor.Certain)).OrderByDescending(p => p.Breached).First();
        }
    }

    /// <summary>Within a segment only conditions on the champion bind: it was measured there, too. Others are for the whole.</summary>
    private static IEnumerable<MonitorPoint> SegmentMetrics(
        PerformanceMonitorSpec monitor, MonitorContext context, AnsweredRows answers, string subject, string column, string value, IReadOnlyList<int> rows)
    {
        var (scores, labels, _) = answers.Labelled(context.Signature, rows);
        var wanted = monitor.Expect.Count > 0 ? monitor.Expect.Select(e => e.Metric).Distinct(StringComparer.Ordinal).ToList() : [MetricCatalog.DefaultFor(context.Signature.Task).Name];
        var metrics = MetricSet.Create(context.Signature.Task, wanted, context.Signature.OutputWidth);
        var intervals = metrics.Intervals(scores, labels, Seed);
        var reference = context.Evaluation?.Slices.FirstOrDefault(s => s.Slice == column && s.Value == value)?.Metrics;
        foreach (var (name, measured) in metrics.Compute(scores, labels))
        {
            ConfidenceInterval? interval = intervals.TryGetValue(name, out var known) ? known : null;
            var before = reference?.GetValueOrDefault(name, double.NaN);
            var condition = before is null ? null : monitor.Expect.FirstOrDefault(e => e.Metric == name && e.ChampionMetric is not null);
            yield return Points.Condition((measured, interval), condition, name, subject, before, monitor.Certain);
        }
    }
}
