using System.Globalization;
using MlOps.Core.Evaluation;
using MlOps.Core.Specification;

namespace MlOps.Core.Models;

/// <summary>What the facts say against trusting a model too far.</summary>
internal static class ModelLimits
{
    // Below this the intervals are wide, whatever the metric.
    private const int SmallTest = 1000;

    /// <summary>One sentence a limit; always at least one.</summary>
    public static IEnumerable<string> Of(ModelCardFacts facts)
    {
        var report = facts.Evaluation;
        if (facts.Datasets.Max(d => d.MaxTime) is { } newest)
            yield return string.Create(CultureInfo.InvariantCulture, $"It knows nothing after {newest:yyyy-MM-dd}: when the world changes, its metrics no longer hold.");
        if (facts.Pipeline.Features.Split.By is SplitMethod.Random)
            yield return "Test rows are a random part of the same data: how well it does on later data was not measured.";
        if (report.Rows < SmallTest)
            yield return $"{report.Rows} test rows are few; look at the intervals rather than the values.";
        foreach (var (name, interval) in report.Intervals.Where(i => i.Value.Low.Equals(i.Value.High)))
            yield return $"The interval of {name} has no width because every test row came out alike; it does not mean that there is no doubt.";
        foreach (var limit in WeakSlices(report, facts.Pipeline.Training.Search.Metric)) yield return limit;
        foreach (var gate in facts.Gates.Gates.Where(g => !g.Passed)) yield return $"It failed the gate {gate.Text}.";
        yield return "Parts with few rows are not listed, and differences between people or groups were measured only where 'evaluation.slices' asks for them.";
    }

    // The metric that the search chose by is the one that the pipeline's owner cares for.
    private static IEnumerable<string> WeakSlices(EvaluationReport report, string name)
    {
        if (MetricCatalog.Find(name) is not { } metric || !report.Intervals.TryGetValue(name, out var interval)) yield break;
        foreach (var slice in report.Slices.GroupBy(s => s.Slice, StringComparer.Ordinal))
        {
            var measured = slice.Where(s => s.Metrics.TryGetValue(name, out var value) && double.IsFinite(value)).ToList();
            if (measured.Count < 2) continue;
            var worst = metric.MoreIsBetter ? measured.MinBy(s => s.Metrics[name])! : measured.MaxBy(s => s.Metrics[name])!;
            var value = worst.Metrics[name];
            if (metric.MoreIsBetter ? value >= interval.Low : value <= interval.High) continue;
            yield return string.Create(CultureInfo.InvariantCulture,
                $"By {slice.Key} it does worst for '{(worst.Value.Length > 0 ? worst.Value : "(missing)")}': {name} {value:0.####} on {worst.Rows:N0} rows, against {report.Metrics[name]:0.####} over all.");
        }
    }
}
