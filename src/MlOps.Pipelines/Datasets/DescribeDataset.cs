using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Datasets;

/// <summary>Describes a run's dataset version for people: profile and datasheet.</summary>
internal sealed class DescribeDataset(RunStepServices services, DatasetDescriber describer, DatasetCatalog catalog)
    : RunStep<DatasetRef, DatasetDescription>(services)
{
    protected override string Step => RunSteps.Describe;

    protected override string RunIdOf(DatasetRef input) => input.RunId;

    protected override (StepStatus, string) Describe(DatasetDescription output) =>
        (StepStatus.Done, string.Join(", ", output.Files.Select(f => Path.GetFileName(f))));

    protected override async Task<DatasetDescription> ExecuteAsync(DatasetRef input, StepProgress progress, CancellationToken cancellationToken)
    {
        var record = (await catalog.TryGetAsync(input.Name, input.Version, cancellationToken))!;
        return await describer.DescribeAsync(record, await Specs.ReadAsync(input.RunId, cancellationToken), cancellationToken);
    }
}
