using MlOps.Core.Features;
using MlOps.Core.Runs;
using MlOps.Core.Training;
using MlOps.Data.Features;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Training;

/// <summary>Writes what a trainer is told: the same for a process here and for a job elsewhere.</summary>
internal sealed class TrialSpecs(RunStepServices services)
{
    public async Task<TrialSpec> MakeAsync(TrialRequest input, int threads, CancellationToken cancellationToken)
    {
        var search = (await services.Specs.ReadAsync(input.RunId, cancellationToken)).Training.Search;
        var transform = await services.Blobs.ReadJsonAsync<FeatureTransform>(input.Features.Folder + FeatureSet.TransformFile, cancellationToken);
        return new TrialSpec
        {
            RunId = input.RunId,
            Trial = input.Trial,
            Trainer = input.Trainer,
            Parameters = input.Parameters,
            Features = transform.Features,
            Encoders = await services.Blobs.ReadJsonAsync<IReadOnlyList<CategoryEncoder>>(input.Features.Folder + FeatureSet.EncodersFile, cancellationToken),
            Label = transform.Label,
            Metric = search.Metric,
            Maximize = search.Maximize,
            Seed = search.Seed,
            Threads = threads,
        };
    }
}
