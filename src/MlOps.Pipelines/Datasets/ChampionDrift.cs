using System.Globalization;
using MlOps.Core.Datasets;
using MlOps.Core.Drift;
using MlOps.Core.Specification;
using MlOps.Data.Drift;
using MlOps.Data.Native;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Datasets;

/// <summary>Holds a dataset against the data that the model in production was trained on.</summary>
internal sealed class ChampionDrift(EndpointStore endpoints, ModelRegistry registry)
{
    /// <summary>Evaluates a drift check.</summary>
    /// <param name="check">The check.</param>
    /// <param name="spec">The pipeline.</param>
    /// <param name="data">The dataset's canonical file.</param>
    /// <param name="work">Where the champion's data is laid.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<CheckResult> CheckAsync(DriftCheck check, PipelineSpec spec, string data, WorkFolder work, CancellationToken cancellationToken)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"drift against champion <= {check.Max}");
        if (await endpoints.TryGetAsync(spec.Release.Endpoint, cancellationToken) is not { Manifest: var manifest } || manifest.Champion() is not { } variant
            || await registry.TryGetAsync(variant.Model, variant.Version, cancellationToken) is not { } champion)
        {
            return new(text, Passed: true, 0, "Nothing is in production yet.") { Severity = check.Severity };
        }

        var reference = new List<string>();
        foreach (var version in champion.Datasets)
            reference.Add(await work.LayAsync(DatasetCatalog.DataOf(champion.Name, version), $"champion-{reference.Count}.parquet", cancellationToken));
        var report = await Task.Run(() => Compare(reference, data, spec.Data, check.Max, cancellationToken), cancellationToken);
        return Judge(text, report, champion.Version) with { Severity = check.Severity };
    }

    private static DriftReport Compare(List<string> reference, string data, DataSpec spec, double max, CancellationToken cancellationToken)
    {
        // Columns that were declared since have nothing to be held against.
        var known = reference.Select(path => ColumnsOf(path, cancellationToken)).Aggregate((all, one) => [.. all.Intersect(one, StringComparer.Ordinal)]);
        var columns = spec.Columns.Where(c => known.Contains(c.Name, StringComparer.Ordinal)).ToList();
        var common = columns.Count == spec.Columns.Count ? spec : spec with { Columns = columns, Checks = [] };
        return new DriftDetector().Compare(
            reference, [data], common, new DriftSpec { MaxDistance = max, MinEffect = max, MaxMissingChange = max }, cancellationToken);
    }

    private static List<string> ColumnsOf(string path, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        return [.. connection.Rows($"SELECT column_name FROM (DESCRIBE FROM read_parquet({Sql.Text(Path.GetFullPath(path))}))", cancellationToken).Select(r => r.Text(0))];
    }

    private static CheckResult Judge(string text, DriftReport report, int version)
    {
        var largest = report.Columns.Where(c => !double.IsNaN(c.Value)).MaxBy(c => c.Value);
        var drifted = report.Columns.Where(c => c.Drifted).ToList();
        var against = $"the data of version {version.ToString(CultureInfo.InvariantCulture)} in production";
        if (drifted.Count is 0)
        {
            return new(text, Passed: true, largest?.Value ?? 0, largest is null
                ? $"There is nothing to compare with {against}."
                : string.Create(CultureInfo.InvariantCulture, $"No column drifted from {against}; the furthest is {largest.Column} with {largest.Value:0.####}."));
        }

        var found = string.Join(" ", drifted.Select(c => $"{c.Column}: {c.Detail}"));
        return new(text, Passed: false, largest?.Value ?? 0, $"{drifted.Count} of {report.Columns.Count} columns drifted from {against}. {found} See what changed; if it is the world, accept the dataset.");
    }
}
