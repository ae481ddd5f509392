using MlOps.Core.Datasets;
using MlOps.Core.Models;
using MlOps.Storage.Datasets;
using MlOps.Storage.Models;

namespace MlOps.Functions.Api;

/// <summary>A dataset version with what hangs on it.</summary>
/// <param name="Dataset">The version.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Models">The models that were trained on it, newest first.</param>
public sealed record DatasetDetails(DatasetRecord Dataset, IReadOnlyList<string> Tags, IReadOnlyList<TrainedModel> Models);

/// <summary>A model version that was trained on a dataset version.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Version">Its number.</param>
/// <param name="Stage">Where it stands in its life.</param>
/// <param name="RunId">The run that made it.</param>
public sealed record TrainedModel(string Model, int Version, ModelStage Stage, string RunId);

/// <summary>Puts together what people read of dataset versions.</summary>
internal sealed class DatasetReader(DatasetCatalog catalog, ModelRegistry registry)
{
    /// <summary>A dataset's versions, newest first.</summary>
    public async Task<IReadOnlyList<DatasetDetails>> ListAsync(string name, CancellationToken cancellationToken)
    {
        var versions = await catalog.ListAsync(name, cancellationToken);
        var tags = await catalog.ListTagsAsync(name, cancellationToken);
        // A dataset and the models made of it bear the name of their pipeline.
        var models = await registry.ListAsync(name, cancellationToken);
        return [.. versions.Select(d => new DatasetDetails(
            d,
            [.. tags.Where(t => t.Version == d.Version).Select(t => t.Tag)],
            [.. models.Where(m => m.Datasets.Contains(d.Version, StringComparer.Ordinal)).Select(m => new TrainedModel(m.Name, m.Version, m.Stage, m.RunId))]))];
    }

    /// <summary>A version by its digits, the start of them, or a tag.</summary>
    /// <exception cref="ApiException">None or several match.</exception>
    public async Task<DatasetRecord> GetAsync(string name, string version, CancellationToken cancellationToken) =>
        await catalog.TryGetAsync(name, version, cancellationToken)
        ?? throw ApiException.NotFound($"version or tag '{version}' of dataset '{name}', or more than one version starts so", $"GET /api/datasets/{name}/versions lists those there are, as does 'mlops datasets log {name}'.");
}
