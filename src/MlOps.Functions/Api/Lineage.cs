using System.Security.Cryptography;
using MlOps.Core.Datasets;
using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Functions.Api;

/// <summary>From files to predictions: the dataset versions that something was made of, and the models made of them.</summary>
/// <param name="Datasets">Dataset versions with the files that they were made of, oldest first.</param>
/// <param name="Models">Model versions with the endpoints that they answer on, newest first.</param>
public sealed record Lineage(IReadOnlyList<DatasetRecord> Datasets, IReadOnlyList<ModelLineage> Models);

/// <summary>What a model version was made of and where it answers.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Version">Its number.</param>
/// <param name="Stage">Where it stands in its life.</param>
/// <param name="Sha256">Of its <c>model.onnx</c>.</param>
/// <param name="RunId">The run that made it.</param>
/// <param name="Datasets">The dataset versions that it was trained on, oldest first.</param>
/// <param name="Examples">How many examples they made; <see langword="null"/> when the run's files are not there any more.</param>
/// <param name="Pipeline">SHA-256 of the <c>pipeline.yaml</c> that chose and divided them, <c>runs/&lt;run&gt;/pipeline.yaml</c>; <see langword="null"/> when it is not there any more.</param>
/// <param name="Endpoints">Where it answers now.</param>
public sealed record ModelLineage(
    string Model, int Version, ModelStage Stage, string Sha256, string RunId, IReadOnlyList<string> Datasets, ExampleCounts? Examples, string? Pipeline,
    IReadOnlyList<ServedVariant> Endpoints);

/// <summary>Numbers of examples.</summary>
/// <param name="Train">Trained on.</param>
/// <param name="Validation">Chose among trials.</param>
/// <param name="Test">Untouched.</param>
public sealed record ExampleCounts(long Train, long Validation, long Test);

/// <summary>A variant of an endpoint.</summary>
/// <param name="Endpoint">Name of the endpoint.</param>
/// <param name="Variant">Name of the variant.</param>
/// <param name="Weight">Share of the endpoint's requests that it answers, in percent.</param>
public sealed record ServedVariant(string Endpoint, string Variant, int Weight);

/// <summary>Follows what was made of what.</summary>
internal sealed class LineageReader(DatasetCatalog catalog, ModelRegistry registry, EndpointStore endpoints, IBlobStore blobs)
{
    /// <summary>A dataset version and every model that was trained on it.</summary>
    public async Task<Lineage> OfAsync(DatasetRecord dataset, CancellationToken cancellationToken)
    {
        var models = (await registry.ListAsync(dataset.Name, cancellationToken)).Where(m => m.Datasets.Contains(dataset.Version, StringComparer.Ordinal));
        return new([dataset], await OfAsync(models, cancellationToken));
    }

    /// <summary>A model version and every dataset version that it was trained on.</summary>
    public async Task<Lineage> OfAsync(ModelVersionRecord model, CancellationToken cancellationToken)
    {
        var datasets = new List<DatasetRecord>();
        foreach (var version in model.Datasets)
            if (await catalog.TryGetAsync(model.Name, version, cancellationToken) is { } dataset) datasets.Add(dataset);
        return new(datasets, await OfAsync([model], cancellationToken));
    }

    private async Task<IReadOnlyList<ModelLineage>> OfAsync(IEnumerable<ModelVersionRecord> models, CancellationToken cancellationToken)
    {
        var manifests = new List<EndpointManifest>();
        foreach (var (endpoint, _) in await endpoints.ListAsync(cancellationToken))
            if (await endpoints.TryGetAsync(endpoint, cancellationToken) is { Manifest: var manifest }) manifests.Add(manifest);

        var found = new List<ModelLineage>();
        foreach (var model in models)
        {
            var features = (await blobs.TryReadJsonAsync<FeaturesResult>($"runs/{model.RunId}/{RunSteps.Features}/result.json", cancellationToken))?.Value;
            var pipeline = await blobs.TryReadAsync($"runs/{model.RunId}/pipeline.yaml", cancellationToken);
            found.Add(new(
                model.Name, model.Version, model.Stage, model.Sha256, model.RunId, model.Datasets,
                features is null ? null : new(features.TrainRows, features.ValidationRows, features.TestRows),
                pipeline is null ? null : Convert.ToHexStringLower(SHA256.HashData(pipeline.Content.Span)),
                [.. manifests.SelectMany(m => m.Variants.Where(v => v.Model == model.Name && v.Version == model.Version).Select(v => new ServedVariant(m.Endpoint, v.Name, v.Weight)))]));
        }
        return found;
    }

    /// <summary>A step's result as its blob has it.</summary>
    private sealed record FeaturesResult(FeatureSetRef Value);
}
