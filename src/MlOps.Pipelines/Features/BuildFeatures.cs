using MlOps.Core.Runs;
using MlOps.Data.Features;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Features;

/// <summary>Makes examples of the dataset versions in the training window, divided into training, validation and test.</summary>
internal sealed class BuildFeatures(RunStepServices services, DatasetCatalog catalog) : RunStep<DatasetRef, FeatureSetRef>(services)
{
    private static readonly string[] Files =
        [FeatureSet.TrainFile, FeatureSet.ValidationFile, FeatureSet.TestFile, FeatureSet.GoldenFile, FeatureSet.TransformFile, FeatureSet.EncodersFile];

    protected override string Step => RunSteps.Features;

    protected override string RunIdOf(DatasetRef input) => input.RunId;

    protected override (StepStatus, string) Describe(FeatureSetRef output) =>
        (StepStatus.Done, $"{output.TrainRows:N0} train, {output.ValidationRows:N0} validation, {output.TestRows:N0} test from {output.Datasets.Count} dataset version{(output.Datasets.Count is 1 ? "" : "s")}");

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
        var folder = $"runs/{input.RunId}/features/";
        foreach (var file in Files) await work.PublishAsync(file, folder + file, cancellationToken);
        return new FeatureSetRef(
            input.RunId, folder, features.Train.Rows, features.Validation.Rows, features.Test.Rows, [.. datasets.Select(d => d.Version)]);
    }
}
