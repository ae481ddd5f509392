using MlOps.Core.Specification;

namespace MlOps.Core.Evaluation;

/// <summary>Decides whether a candidate meets the gates of its pipeline.</summary>
public static class GateEvaluator
{
    /// <summary>Compares a candidate with its gates.</summary>
    /// <param name="gates">The conditions.</param>
    /// <param name="candidate">Metric name to value: the names of <see cref="MetricNames"/>, and those of <see cref="LatencyMetrics"/> in milliseconds.</param>
    /// <param name="champion">The same of the model in production, on the same test part; <see langword="null"/> when there is none.</param>
    /// <param name="scores">What both answered for each row of it, for gates with a confidence; <see langword="null"/>: unknown.</param>
    /// <remarks>
    /// A metric that is absent or NaN meets no condition: what could not be measured is not good enough. A gate on the champion
    /// is met when there is no champion: the first model has nobody to beat.
    /// </remarks>
    public static GateReport Evaluate(
        IReadOnlyList<GateSpec> gates, IReadOnlyDictionary<string, double> candidate, IReadOnlyDictionary<string, double>? champion, PairedScores? scores = null)
    {
        var results = gates.Select(g => Evaluate(g, candidate, champion, scores)).ToList();
        return new GateReport { Passed = results.TrueForAll(r => r.Passed), Gates = results };
    }

    private static GateResult Evaluate(
        GateSpec gate, IReadOnlyDictionary<string, double> candidate, IReadOnlyDictionary<string, double>? champion, PairedScores? scores)
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
            if (gate.Confidence is { } confidence) return Test(gate, confidence, value, reference, scores);
        }
        var passed = gate.Comparison.IsMetBy(value, threshold);
        return new(gate.Text, passed, value, threshold, FormattableString.Invariant($"{gate.Metric} is {value:0.######}, {(passed ? "as required" : "not")} {gate.Comparison.InWords()} {threshold:0.######}."));
    }

    /// <summary>Whether the rows show that the condition holds, beyond what another draw of rows could turn around.</summary>
    private static GateResult Test(GateSpec gate, double confidence, double value, double reference, PairedScores? scores)
    {
        var threshold = reference + gate.Constant;
        if (scores is null) return new(gate.Text, false, value, threshold, "The answers row by row are not there; without them nothing is certain.");
        if (scores.Candidate.Rows != scores.Champion.Rows)
            return new(gate.Text, false, value, threshold, $"The candidate answers {scores.Candidate.Rows} rows of the test part and the champion {scores.Champion.Rows}: they cannot be compared row by row.");
        if (PairedBootstrap.Compare(gate.Metric, scores.Candidate, scores.Champion, d => gate.Comparison.IsMetBy(d, gate.Constant)) is not { } difference)
            return new(gate.Text, false, value, threshold, $"{gate.Metric} is undefined in most resamples of the test part; it has too few rows of a class.");
        var passed = difference.PValue <= 1 - confidence;
        return new(gate.Text, passed, value, threshold, FormattableString.Invariant(
            $"{gate.Metric} is {value:0.######}, the champion's {reference:0.######} on the same {difference.Rows} rows: a difference of {difference.Value:+0.######;-0.######;0} (95 % interval {difference.Interval.Low:+0.######;-0.######;0} to {difference.Interval.High:+0.######;-0.######;0}). That it is {gate.Comparison.InWords()} {gate.Constant:0.######} is {(passed ? "shown" : "not shown")} with {confidence:0.##%} confidence (p = {difference.PValue:0.###}, paired bootstrap)."))
        {
            Difference = difference,
        };
    }

    private static GateResult Unmeasured(GateSpec gate, double value, string whose, string metric, IReadOnlyDictionary<string, double> metrics) =>
        new(gate.Text, false, value, double.NaN, metrics.ContainsKey(metric)
            ? $"The {whose}'s {metric} is no number, as when the test part has one class only."
            : $"The {whose}'s {metric} was not measured.");
}

/// <summary>What candidate and champion answered for the same rows in the same order.</summary>
/// <param name="Candidate">The candidate's.</param>
/// <param name="Champion">The champion's.</param>
public sealed record PairedScores(TestScores Candidate, TestScores Champion);
