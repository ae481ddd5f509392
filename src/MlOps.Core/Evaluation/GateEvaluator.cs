using MlOps.Core.Specification;

namespace MlOps.Core.Evaluation;

/// <summary>Decides whether a candidate meets the gates of its pipeline.</summary>
public static class GateEvaluator
{
    /// <summary>Compares a candidate with its gates.</summary>
    /// <param name="gates">The conditions.</param>
    /// <param name="candidate">Metric name to value: the names of <see cref="MetricNames"/>, and those of <see cref="LatencyMetrics"/> in milliseconds.</param>
    /// <param name="champion">The same of the model in production, on the same test part; <see langword="null"/> when there is none.</param>
    /// <remarks>
    /// A metric that is absent or NaN meets no condition: what could not be measured is not good enough. A gate on the champion
    /// is met when there is no champion: the first model has nobody to beat.
    /// </remarks>
    public static GateReport Evaluate(IReadOnlyList<GateSpec> gates, IReadOnlyDictionary<string, double> candidate, IReadOnlyDictionary<string, double>? champion)
    {
        var results = gates.Select(g => Evaluate(g, candidate, champion)).ToList();
        return new GateReport { Passed = results.TrueForAll(r => r.Passed), Gates = results };
    }

    private static GateResult Evaluate(GateSpec gate, IReadOnlyDictionary<string, double> candidate, IReadOnlyDictionary<string, double>? champion)
    {
        var value = candidate.GetValueOrDefault(gate.Metric, double.NaN);
        if (double.IsNaN(value)) return Unmeasured(gate, value, "candidate", gate.Metric, candidate);

        var threshold = gate.Constant;
        if (gate.ChampionMetric is { } metric)
        {
            if (champion is null)
                return new(gate.Text, true, value, double.NaN, "There is no champion to compare with yet.");
            var reference = champion.GetValueOrDefault(metric, double.NaN);
            if (double.IsNaN(reference)) return Unmeasured(gate, value, "champion", metric, champion);
            threshold = reference + gate.Constant;
        }
        var passed = gate.Comparison.IsMetBy(value, threshold);
        return new(gate.Text, passed, value, threshold, FormattableString.Invariant($"{gate.Metric} is {value:0.######}, {(passed ? "as required" : "not")} {gate.Comparison.InWords()} {threshold:0.######}."));
    }

    private static GateResult Unmeasured(GateSpec gate, double value, string whose, string metric, IReadOnlyDictionary<string, double> metrics) =>
        new(gate.Text, false, value, double.NaN, metrics.ContainsKey(metric)
            ? $"The {whose}'s {metric} is no number, as when the test part has one class only."
            : $"The {whose}'s {metric} was not measured.");
}
