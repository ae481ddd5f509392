using System.Globalization;
using MlOps.Core.Datasets;
using MlOps.Core.Drift;
using MlOps.Core.Specification;
using MlOps.Data.Drift;
using MlOps.Data.Native;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Datasets;

/// <summary>Holds a dataset against the data that the model in production was trained on.</summary>
internal sealed class ChampionChecks(ChampionData champions)
{
    private const int MostNamed = 5;

    /// <summary>Evaluates the checks of drift and correlation.</summary>
    /// <param name="spec">The pipeline.</param>
    /// <param name="data">The dataset's canonical file.</param>
    /// <param name="work">Where the champion's data is laid.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<IReadOnlyList<CheckResult>> EvaluateAsync(PipelineSpec spec, string data, WorkFolder work, CancellationToken cancellationToken)
    {
        var checks = spec.Data.Checks.Where(c => c is DriftCheck or CorrelationCheck).ToList();
        if (checks.Count is 0) return [];
        if (await champions.TryFindAsync(spec.Release.Endpoint, cancellationToken) is not { } champion)
            return checks.ConvertAll(c => new CheckResult(TextOf(c), Passed: true, 0, "Nothing is in production yet.") { Severity = c.Severity });

        var reference = await ChampionData.LayAsync(champion, work, cancellationToken);
        var against = $"the data of version {champion.Version.ToString(CultureInfo.InvariantCulture)} in production";
        return await Task.Run(() => checks.ConvertAll(c => Evaluate(c, reference, data, spec.Data, against, cancellationToken) with { Severity = c.Severity }), cancellationToken);
    }

    private static string TextOf(CheckSpec check) => check switch
    {
        DriftCheck drift => string.Create(CultureInfo.InvariantCulture, $"drift against champion <= {drift.Max}"),
        CorrelationCheck correlation => string.Create(CultureInfo.InvariantCulture, $"correlation change against champion <= {correlation.Max}"),
        _ => throw new NotSupportedException($"Check {check.GetType().Name} is not held against the champion."),
    };

    private static CheckResult Evaluate(
        CheckSpec check, IReadOnlyList<string> reference, string data, DataSpec spec, string against, CancellationToken cancellationToken)
    {
        // Columns that were declared since have nothing to be held against.
        var known = reference.Select(path => ColumnsOf(path, cancellationToken)).Aggregate((all, one) => [.. all.Intersect(one, StringComparer.Ordinal)]);
        var columns = spec.Columns.Where(c => known.Contains(c.Name, StringComparer.Ordinal)).ToList();
        var common = columns.Count == spec.Columns.Count ? spec : spec with { Columns = columns, Checks = [] };
        return check switch
        {
            DriftCheck { Max: var max } => Judge(TextOf(check), against, new DriftDetector().Compare(
                reference, [data], common, new DriftSpec { MaxDistance = max, MinEffect = max, MaxMissingChange = max }, cancellationToken)),
            CorrelationCheck { Max: var max } => Judge(TextOf(check), against, max, new CorrelationComparer().Compare(reference, [data], common, cancellationToken)),
            _ => throw new NotSupportedException($"Check {check.GetType().Name} is not held against the champion."),
        };
    }

    private static List<string> ColumnsOf(string path, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        return [.. connection.Rows($"SELECT column_name FROM (DESCRIBE FROM read_parquet({Sql.Text(Path.GetFullPath(path))}))", cancellationToken).Select(r => r.Text(0))];
    }

    private static CheckResult Judge(string text, string against, DriftReport report)
    {
        var largest = report.Columns.Where(c => !double.IsNaN(c.Value)).MaxBy(c => c.Value);
        var drifted = report.Columns.Where(c => c.Drifted).ToList();
        if (drifted.Count is 0)
        {
            return new(text, Passed: true, largest?.Value ?? 0, largest is null
                ? $"There is nothing to compare with {against}."
                : string.Create(CultureInfo.InvariantCulture, $"No column drifted from {against}; the furthest is {largest.Column} with {largest.Value:0.####}."));
        }

        var found = string.Join(" ", drifted.Select(c => $"{c.Column}: {c.Detail}"));
        return new(text, Passed: false, largest?.Value ?? 0, $"{drifted.Count} of {report.Columns.Count} columns drifted from {against}. {found} See what changed; if it is the world, accept the dataset.");
    }

    private static CheckResult Judge(string text, string against, double max, IReadOnlyList<CorrelationChange> changes)
    {
        if (changes is not [var largest, ..]) return new(text, Passed: true, 0, $"No two columns can be compared with {against}.");
        // A pair that changed by both of its measures is named once.
        var changed = changes.Where(c => c.Exceeds(max)).DistinctBy(c => (c.Left, c.Right)).ToList();
        if (changed.Count is 0)
            return new(text, Passed: true, largest.Size, $"No pair of columns changed beyond {against} and chance; the largest change is {Words(largest)}.");

        var found = string.Join("; ", changed.Take(MostNamed).Select(Words));
        return new(text, Passed: false, changed[0].Size, $"{changed.Count} pairs of columns go together otherwise than in {against}: {found}. See what changed; if it is the world, accept the dataset.");
    }

    private static string Words(CorrelationChange c) =>
        string.Create(CultureInfo.InvariantCulture, $"{c.Left} and {c.Right} from {c.Reference:0.###} to {c.Current:0.###} ({c.Measure})");
}
