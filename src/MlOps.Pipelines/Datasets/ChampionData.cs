using MlOps.Core.Models;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Datasets;

/// <summary>The data that the model in production was trained on.</summary>
internal sealed class ChampionData(EndpointStore endpoints, ModelRegistry registry)
{
    /// <summary>The model in production on an endpoint; <see langword="null"/>: nothing is.</summary>
    public async Task<ModelVersionRecord?> TryFindAsync(string endpoint, CancellationToken cancellationToken) =>
        await endpoints.TryGetAsync(endpoint, cancellationToken) is { Manifest: var manifest } && manifest.Champion() is { } variant
            ? await registry.TryGetAsync(variant.Model, variant.Version, cancellationToken)
            : null;

    /// <summary>Lays the dataset versions that a model was trained on into a folder, oldest first.</summary>
    public static async Task<IReadOnlyList<string>> LayAsync(ModelVersionRecord model, WorkFolder work, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        foreach (var version in model.Datasets)
            paths.Add(await work.LayAsync(DatasetCatalog.DataOf(model.Name, version), $"champion-{paths.Count}.parquet", cancellationToken));
        return paths;
    }
}
