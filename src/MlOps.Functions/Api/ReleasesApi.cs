using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Releases;
using MlOps.Pipelines.Releases;
using MlOps.Storage.Releases;

namespace MlOps.Functions.Api;

/// <summary>Body of an order about a release.</summary>
/// <param name="Reason">Why; for the audit log.</param>
public sealed record OrderRequest(string? Reason);

internal static class ReleasesApi
{
    public static void MapReleases(this IEndpointRouteBuilder routes)
    {
        var releases = routes.MapGroup("/api/releases").WithTags("Releases");
        releases.MapGet("", ListAsync).WithSummary("Releases, newest first");
        releases.MapGet("/{id}", GetAsync).WithSummary("A release with its history");
        releases.MapPost("/{id}/abort", AbortAsync).WithSummary("Take a release under way back");
        releases.MapPost("/{id}/promote", PromoteAsync).WithSummary("Go on with the next step of a release at once");
    }

    private static async Task<Ok<Page<ReleaseRecord>>> ListAsync(
        ReleaseStore releases, string? endpoint, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await releases.ListAsync(endpoint, cancellationToken), r => r.Id, take, continuationToken));

    private static async Task<Ok<ReleaseRecord>> GetAsync(string id, ReleaseStore releases, CancellationToken cancellationToken) =>
        TypedResults.Ok(await releases.TryGetAsync(id, cancellationToken) ?? throw Unknown(id));

    private static async Task<Accepted<ReleaseRecord>> AbortAsync(string id, OrderRequest request, ReleaseDesk desk, ReleaseStore releases, HttpContext context, CancellationToken cancellationToken)
    {
        if (await releases.TryGetAsync(id, cancellationToken) is null) throw Unknown(id);
        return TypedResults.Accepted($"/api/releases/{id}", await desk.AbortAsync(id, OrderOf(context, request.Reason, "an aborted release"), cancellationToken));
    }

    private static async Task<Accepted<ReleaseRecord>> PromoteAsync(string id, OrderRequest request, ReleaseDesk desk, ReleaseStore releases, HttpContext context, CancellationToken cancellationToken)
    {
        if (await releases.TryGetAsync(id, cancellationToken) is null) throw Unknown(id);
        return TypedResults.Accepted($"/api/releases/{id}", await desk.PromoteAsync(id, OrderOf(context, request.Reason, "a promoted release"), cancellationToken));
    }

    /// <summary>Who orders it, and why.</summary>
    public static ReleaseOrder OrderOf(HttpContext context, string? reason, string what) => string.IsNullOrWhiteSpace(reason)
        ? throw ApiException.Invalid($"'reason' is missing: {what} must say why.")
        : new(Actor.Of(context), reason);

    private static ApiException Unknown(string id) => ApiException.NotFound($"release '{id}'", "Its id is that of the run; GET /api/releases lists those there are.");
}
