using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Datasets;
using MlOps.Storage.Datasets;

namespace MlOps.Functions.Api;

internal static class DatasetsApi
{
    public static void MapDatasets(this IEndpointRouteBuilder routes)
    {
        var datasets = routes.MapGroup("/api/datasets").WithTags("Datasets");
        datasets.MapGet("", ListAsync).WithSummary("Dataset versions, newest first");
        datasets.MapGet("/{name}/versions/{version}", GetAsync).WithSummary("A dataset version; its first digits are enough");
    }

    private static async Task<Ok<Page<DatasetRecord>>> ListAsync(
        DatasetCatalog catalog, string? name, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await catalog.ListAsync(name, cancellationToken), d => $"{d.Name}:{d.Version}", take, continuationToken));

    private static async Task<Ok<DatasetRecord>> GetAsync(string name, string version, DatasetCatalog catalog, CancellationToken cancellationToken) =>
        TypedResults.Ok(await catalog.TryGetAsync(name, version, cancellationToken)
            ?? throw ApiException.NotFound($"version '{version}' of dataset '{name}', or more than one starts so", "GET /api/datasets lists those there are."));
}
