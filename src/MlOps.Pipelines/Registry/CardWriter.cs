using MlOps.Core.Datasets;
using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Data.Features;
using MlOps.Inference.Training;
using MlOps.Pipelines.Training;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Registry;

/// <summary>Gathers what a run has recorded of its model and writes it as the version's card.</summary>
internal sealed class CardWriter(IBlobStore blobs, DatasetCatalog datasets)
{
    /// <summary>Writes the card; the same run gives the same text.</summary>
    public async Task WriteAsync(PipelineSpec pipeline, ModelVersionRecord model, RegisterRequest request, CancellationToken cancellationToken)
    {
        var (candidate, _, gates) = request;
        var versions = new List<DatasetRecord>();
        foreach (var version in model.Datasets)
        {
            if (await datasets.TryGetAsync(pipeline.Name, version, cancellationToken) is { } dataset) versions.Add(dataset);
        }

        var package = await VerifiedPackage.OpenAsync(blobs, candidate.Folder, candidate.Package, cancellationToken);
        using var computer = new FeatureComputer(await package.ReadJsonAsync<FeatureTransform>(ModelPackage.Features, cancellationToken));
        var card = ModelCard.Write(new()
        {
            Pipeline = pipeline,
            Model = model,
            Signature = await package.ReadJsonAsync<ModelSignature>(ModelPackage.Signature, cancellationToken),
            EngineReason = computer.EngineReason,
            Datasets = versions,
            // The plan follows from the specification alone, so the trial need not be kept to be known.
            Trial = TrialPlan.Create(pipeline.Training).Single(t => t.Trial == candidate.Trial),
            Training = await blobs.ReadJsonAsync<TrialMetrics>(TrialResults.FolderOf(candidate.RunId, candidate.Trial) + TrialOutput.MetricsFile, cancellationToken),
            Evaluation = await blobs.ReadJsonAsync<EvaluationReport>(candidate.Folder + ModelPackage.Metrics, cancellationToken),
            Gates = gates,
        });
        await blobs.TryWriteAsync(model.Path + ModelPackage.Card, System.Text.Encoding.UTF8.GetBytes(card), WriteCondition.None, cancellationToken);
    }
}
