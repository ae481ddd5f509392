using MlOps.Core.Endpoints;
using MlOps.Core.Releases;
using MlOps.Core.Specification;
using MlOps.Data.Drift;

namespace MlOps.Pipelines.Releases;

/// <summary>What is known of the candidate and the version in production since a step of a release began; judges conditions by it.</summary>
/// <param name="metrics">Of the endpoint's variants.</param>
/// <param name="reports">What applications reported.</param>
/// <param name="minRequests">Fewest observations before a condition is judged.</param>
internal sealed class ReleaseHealth(EndpointMetrics metrics, IReadOnlyList<ReportedMetric> reports, int minRequests)
{
    // Of n rows in ten bins the index of two equal distributions is about 9 (1/n + 1/m): below 500 rows chance alone comes near the usual limits.
    private const long FewestRowsForDrift = 500;

    private readonly VariantMetrics? _candidate = metrics.Of(EndpointVariant.Candidate);
    private readonly VariantMetrics? _champion = metrics.Of(EndpointVariant.Champion);

    /// <summary>Judges a condition. One about which too little is known is neither met nor broken.</summary>
    public ConditionResult Judge(ReleaseCondition condition)
    {
        var value = ValueOf(condition.Metric, _candidate);
        if (value.Number is not { } number) return new(condition.Text, null, null, null, $"{condition.Metric}: {value.Why}");
        var limit = condition.Constant;
        if (condition.ChampionMetric is { } metric)
        {
            var reference = ValueOf(metric, _champion);
            if (reference.Number is not { } base_) return new(condition.Text, null, number, null, $"{condition.Metric} is {number:0.####}; of the version in production: {reference.Why}");
            limit += base_ * condition.Factor;
        }

        var met = condition.Comparison.IsMetBy(number, limit);
        return new(condition.Text, met, number, limit, $"{condition.Text}: {condition.Metric} is {number:0.####}, {(met ? "within" : "beyond")} {limit:0.####}.");
    }

    private (double? Number, string Why) ValueOf(string metric, VariantMetrics? of) => (metric, of) switch
    {
        (_, null) => (null, "the variant is not served."),
        (ReleaseMetrics.ErrorRate, _) => Rate(of.Errors, of.Requests),
        (ReleaseMetrics.RefusalRate, _) => Rate(of.Refused, of.Requests),
        (ReleaseMetrics.LatencyP50, _) => Enough(of.Requests, of.LatencyP50),
        (ReleaseMetrics.LatencyP99, _) => Enough(of.Requests, of.LatencyP99),
        (ReleaseMetrics.PredictionMean, _) => Enough(of.Rows, of.PredictionMean),
        (ReleaseMetrics.Agreement, _) => Enough(of.Mirror?.Rows ?? 0, of.Mirror is { Rows: > 0 } m ? (double)m.Agreeing / m.Rows : null),
        (ReleaseMetrics.Difference, _) => Enough(of.Mirror?.Rows ?? 0, of.Mirror?.MeanDifference),
        (ReleaseMetrics.PredictionDrift, _) => Drift(),
        _ => Reported(metric[ReleaseMetrics.ReportedPrefix.Length..], of.Version),
    };

    private (double?, string) Rate(long count, long of) => Enough(of, of > 0 ? (double)count / of : null);

    private (double?, string) Enough(long seen, double? value) => seen >= minRequests && value is not null
        ? (value, "")
        : (null, $"{seen} seen, {minRequests} are needed to judge.");

    private (double?, string) Drift()
    {
        if (_candidate?.Rows is not >= FewestRowsForDrift || _champion?.Rows is not >= FewestRowsForDrift)
            return (null, $"{_candidate?.Rows ?? 0} and {_champion?.Rows ?? 0} rows were answered, {FewestRowsForDrift} of each are needed to judge.");
        // Of several classes, which is predicted says more than how surely.
        if (_candidate.Classes is { } classes && _champion.Classes is { } before) return (PopulationStability.Of(before, classes), "");
        if (_candidate.Scores is not { } scores || _champion.Scores is not { } reference || !scores.Edges.SequenceEqual(reference.Edges))
            return (null, "the variants do not tell their scores over the same bins.");
        return (PopulationStability.Of(reference.Counts, scores.Counts), "");
    }

    private (double?, string) Reported(string metric, int version)
    {
        var of = reports.Where(r => r.Metric == metric && r.Version == version).ToList();
        var count = of.Sum(r => r.Count);
        return Enough(count, count > 0 ? of.Sum(r => r.Value * r.Count) / count : null);
    }
}
