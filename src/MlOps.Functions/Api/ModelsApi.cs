using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Models;
using MlOps.Storage.Models;

namespace MlOps.Functions.Api;

internal static class ModelsApi
{
    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/api/models").WithTags("Models");
        models.MapGet("", ListAsync).WithSummary("Model versions, newest first within each model");
        models.MapGet("/{name}/versions/{version:int}", GetAsync).WithSummary("A model version with the moves of its life");
        models.MapGet("/{name}/versions/{version:int}/lineage", LineageAsync).WithSummary("The exact data that it was trained on, and where it answers");
    }

    private static async Task<Ok<Page<ModelVersionRecord>>> ListAsync(
        ModelRegistry registry, string? name, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await registry.ListAsync(name, cancellationToken), m => $"{m.Name}:{m.Version}", take, continuationToken));

    private static async Task<Ok<ModelVersionRecord>> GetAsync(string name, int version, ModelRegistry registry, CancellationToken cancellationToken) =>
        TypedResults.Ok(await FindAsync(name, version, registry, cancellationToken));

    private static async Task<Ok<Lineage>> LineageAsync(
        string name, int version, ModelRegistry registry, LineageReader lineage, CancellationToken cancellationToken) =>
        TypedResults.Ok(await lineage.OfAsync(await FindAsync(name, version, registry, cancellationToken), cancellationToken));

    private static async Task<ModelVersionRecord> FindAsync(string name, int version, ModelRegistry registry, CancellationToken cancellationToken) =>
        await registry.TryGetAsync(name, version, cancellationToken)
        ?? throw ApiException.NotFound($"version {version} of model '{name}'", "GET /api/models lists those there are.");
}
