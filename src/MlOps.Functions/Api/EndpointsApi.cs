using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Endpoints;
using MlOps.Storage.Endpoints;

namespace MlOps.Functions.Api;

internal static class EndpointsApi
{
    public static void MapEndpoints(this IEndpointRouteBuilder routes)
    {
        var endpoints = routes.MapGroup("/api/endpoints").WithTags("Endpoints");
        endpoints.MapGet("", ListAsync).WithSummary("Names of the endpoints");
        endpoints.MapGet("/{name}", GetAsync).WithSummary("What an endpoint answers with");
    }

    private static async Task<Ok<IEnumerable<string>>> ListAsync(EndpointStore endpoints, CancellationToken cancellationToken) =>
        TypedResults.Ok((await endpoints.ListAsync(cancellationToken)).Select(e => e.Endpoint));

    private static async Task<Ok<EndpointManifest>> GetAsync(string name, EndpointStore endpoints, HttpContext context, CancellationToken cancellationToken)
    {
        var (manifest, eTag) = await endpoints.TryGetAsync(name, cancellationToken)
            ?? throw ApiException.NotFound($"endpoint '{name}'", "GET /api/endpoints lists those there are.");
        context.Response.Headers.ETag = $"\"{eTag.Trim('"')}\"";
        return TypedResults.Ok(manifest);
    }
}
