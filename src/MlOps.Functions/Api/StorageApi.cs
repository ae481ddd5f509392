using MlOps.Storage;

namespace MlOps.Functions.Api;

/// <summary>Where the blobs are.</summary>
internal static class StorageApi
{
    public static void MapStorage(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/storage", (StorageLocation location) => TypedResults.Ok(location)).WithTags("Storage").WithSummary("Where the blobs are: a folder, or a container's address");
}
