using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MlOps.Core.Scoring;
using MlOps.Pipelines.Scoring;
using MlOps.Storage.Endpoints;

namespace MlOps.Functions.Api;

/// <summary>Batch scoring: whole files through the version in production.</summary>
internal static class ScoringApi
{
    private const long MostBytes = 5L << 30;

    public static void MapScoring(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/scoring", ListAsync).WithTags("Scoring").WithSummary("The scoring jobs, the newest first");
        routes.MapGet("/api/scoring/{id}", GetAsync).WithTags("Scoring").WithSummary("A scoring job");
        routes.MapPost("/api/endpoints/{endpoint}/scoring", SubmitAsync).WithTags("Scoring").WithMetadata(new RequestSizeLimitAttribute(MostBytes)).WithSummary(
            "Have a file scored (the body) by the endpoint's version in production. The same file under the same name is the same job");
    }

    private static async Task<Ok<Page<ScoringJob>>> ListAsync(ScoringJobs jobs, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await jobs.ListAsync(cancellationToken), j => j.Id, take, continuationToken));

    private static async Task<Ok<ScoringJob>> GetAsync(string id, ScoringJobs jobs, CancellationToken cancellationToken) =>
        TypedResults.Ok(await jobs.TryGetAsync(id, cancellationToken) ?? throw ApiException.NotFound($"scoring job '{id}'", "GET /api/scoring lists them."));

    private static async Task<Accepted<ScoringJob>> SubmitAsync(
        string endpoint, string name, ScoringDesk desk, EndpointStore endpoints, HttpContext context, CancellationToken cancellationToken)
    {
        IncomingFileName.Check(name);
        if (await endpoints.TryGetAsync(endpoint, cancellationToken) is null) throw ApiException.NotFound($"endpoint '{endpoint}'", "GET /api/endpoints lists them.");
        var job = await desk.SubmitAsync(endpoint, name, context.Request.Body, Actor.Of(context), cancellationToken);
        return TypedResults.Accepted($"/api/scoring/{job.Id}", job);
    }
}
