using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Runs;

namespace MlOps.Functions.Api;

/// <summary>What a crash may have interrupted.</summary>
/// <param name="Runs">Runs that go on or wait, newest first.</param>
/// <param name="Arrivals">Announced files that no run has taken yet.</param>
public sealed record UnfinishedRuns(IReadOnlyList<RunRecord> Runs, IReadOnlyList<PendingArrival> Arrivals);

/// <summary>Announced files that no run has taken yet.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Announcement">Id of the announcement that its run will bear.</param>
public sealed record PendingArrival(string Pipeline, string Announcement);

internal static class RunsApi
{
    public static void MapRuns(this IEndpointRouteBuilder routes)
    {
        var runs = routes.MapGroup("/api/runs").WithTags("Runs");
        runs.MapGet("", ListAsync).WithSummary("Runs, newest first");
        runs.MapGet("/unfinished", ListUnfinishedAsync).WithSummary("Runs that go on or wait, and announced files on their way to one");
        runs.MapGet("/{id}", GetAsync).WithSummary("A run with its steps, trials and results");
    }

    private static async Task<Ok<Page<RunRecord>>> ListAsync(RunStore runs, string? pipeline, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await runs.ListAsync(pipeline, cancellationToken), r => r.RunId, take, continuationToken));

    private static async Task<Ok<UnfinishedRuns>> ListUnfinishedAsync(RunStore runs, RunOnDemand onDemand, CancellationToken cancellationToken) =>
        TypedResults.Ok(new UnfinishedRuns(
            [.. (await runs.ListAsync(null, cancellationToken)).Where(r => !r.Status.IsFinal())],
            [.. (await onDemand.ListArrivalsAsync(cancellationToken)).Select(a => new PendingArrival(a.Pipeline, a.Announcement))]));

    private static async Task<Ok<RunDetails>> GetAsync(string id, RunReader reader, CancellationToken cancellationToken) =>
        TypedResults.Ok(await reader.TryReadAsync(id, cancellationToken)
            ?? throw ApiException.NotFound($"run '{id}'", "GET /api/runs lists those there are."));
}
