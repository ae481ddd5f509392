using MlOps.Core.Datasets;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Leakage;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Features;

/// <summary>Makes examples of the dataset versions in the training window, divided into training, validation and test.</summary>
internal sealed class BuildFeatures(RunStepServices services, DatasetCatalog catalog, ChampionData champions, AuditLog audit) : RunStep<DatasetRef, FeatureSetRef>(services)
{
    private static readonly string[] s_files =
        [FeatureSet.TrainFile, FeatureSet.ValidationFile, FeatureSet.TestFile, FeatureSet.GoldenFile, FeatureSet.TransformFile, FeatureSet.EncodersFile, FeatureSet.InputsFile];

    protected override string Step => RunSteps.Features;

    protected override string RunIdOf(DatasetRef input) => input.RunId;

    protected override (StepStatus, string) Describe(FeatureSetRef output)
    {
        var found = output.Leakage is { Count: > 0 } leakage ? $"; {string.Join(" ", leakage.Select(c => $"{c.Check}: {c.Detail}"))}" : "";
        return output.Refusal is { } refusal
            ? (StepStatus.Failed, refusal)
            : (StepStatus.Done, $"{output.TrainRows:N0} train, {output.ValidationRows:N0} validation, {output.TestRows:N0} test from {output.Datasets.Count} dataset version{(output.Datasets.Count is 1 ? "" : "s")}{found}");
    }

    protected override async Task<FeatureSetRef> ExecuteAsync(DatasetRef input, StepProgress progress, CancellationToken cancellationToken)
    {
        var spec = await Specs.ReadAsync(input.RunId, cancellationToken);
        var datasets = await catalog.SelectAsync(input.Name, input.Version, spec.Data.Window, cancellationToken);
        using var work = Work.Create();
        var paths = new List<string>();
        foreach (var dataset in datasets)
            paths.Add(await work.LayAsync(DatasetCatalog.DataOf(dataset.Name, dataset.Version), $"data-{paths.Count}.parquet", cancellationToken));

        await progress.ReportAsync($"{datasets.Sum(d => d.Rows):N0} rows", cancellationToken);
        var features = await Task.Run(() => new FeatureBuilder().Build(paths, spec, work.Path, cancellationToken), cancellationToken);
        var leakage = features.Leakage.Concat(await HoldAgainstChampionAsync(spec, work, cancellationToken)).Where(c => !c.Passed).ToList();
        var folder = $"runs/{input.RunId}/features/";
        foreach (var file in s_files) await work.PublishAsync(file, folder + file, cancellationToken);
        return new FeatureSetRef(
            input.RunId, folder, features.Train.Rows, features.Validation.Rows, features.Test.Rows, [.. datasets.Select(d => d.Version)])
        {
            Leakage = leakage.Count > 0 ? leakage : null,
            Refusal = await RefusalOfAsync(input, leakage, cancellationToken),
        };
    }

    private async Task<IReadOnlyList<CheckResult>> HoldAgainstChampionAsync(PipelineSpec spec, WorkFolder work, CancellationToken cancellationToken)
    {
        var checks = spec.Data.Checks.OfType<LeakageCheck>().ToList();
        if (checks.Count is 0 || await champions.TryFindAsync(spec.Release.Endpoint, cancellationToken) is not { } champion) return [];
        var reference = await ChampionData.LayAsync(champion, work, cancellationToken);
        var asTrained = await Specs.ReadAsync(champion.RunId, cancellationToken);
        var overlap = new ChampionOverlap();
        return await Task.Run(
            () => checks.Select(c => overlap.Check(work[FeatureSet.TestFile], spec.Data, reference, asTrained, c, cancellationToken)).OfType<CheckResult>().ToList(), cancellationToken);
    }

    /// <summary>A dataset whose examples leak does not pass, like any other that fails a check: a person may accept it.</summary>
    private async Task<string?> RefusalOfAsync(DatasetRef input, List<CheckResult> leakage, CancellationToken cancellationToken)
    {
        var accepted = (await catalog.TryGetAsync(input.Name, input.Version, cancellationToken))?.Accepted?.Checks ?? [];
        var failed = leakage.Where(c => c.Fails && !accepted.Contains(c.Check, StringComparer.Ordinal)).ToList();
        if (failed.Count is 0) return null;
        foreach (var check in failed) await catalog.AddFailureAsync(input.Name, input.Version, check.Check, cancellationToken);
        var found = string.Join("; ", failed.Select(c => $"{c.Check}: {c.Detail}"));
        await audit.AppendAsync(new("mlops", "dataset.failed", $"datasets/{input.Name}/{input.Version}", $"Run {input.RunId}: {found}") { Key = $"runs/{input.RunId}/leaks" }, cancellationToken);
        return $"The examples leak: {found} See whether files were delivered twice, divide by time, name the columns that tell rows apart in 'key', or accept the dataset.";
    }
}
