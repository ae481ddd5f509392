using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Serving.Packaging;

/// <summary><c>GET /api/endpoints/{name}/package</c>: an endpoint to take elsewhere.</summary>
internal static class PackageApi
{
    public static void MapEndpointPackage(this IEndpointRouteBuilder routes) => routes
        .MapGet("/api/endpoints/{name}/package", GetAsync)
        .WithTags("Prediction")
        .WithSummary("The endpoint's manifest and models as a zip: a folder of models for the serving app");

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> GetAsync(string name, IBlobStore blobs, CancellationToken cancellationToken)
    {
        if (await new EndpointManifests(blobs).TryGetAsync(name, cancellationToken) is not { Manifest: { Variants.Count: > 0 } manifest })
            return TypedResults.Problem($"Endpoint '{name}' has nothing released. GET /api/endpoints lists those there are.", statusCode: 404, title: "Unknown endpoint", type: "urn:mlops:unknown-endpoint");
        // By way of a file: a zip ends with what only its end knows, and whoever reads slowly must not keep models open.
        var file = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 64 * 1024,
            FileOptions.Asynchronous | FileOptions.DeleteOnClose);
        try
        {
            await EndpointArchive.WriteAsync(file, manifest, blobs, cancellationToken);
            file.Position = 0;
            return TypedResults.Stream(file, "application/zip", $"{name}.zip");
        }
        catch (PackageException damaged)
        {
            await file.DisposeAsync();
            return TypedResults.Problem(damaged.Message, statusCode: 409, title: "The package is not what was registered", type: "urn:mlops:damaged-package");
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }
}
