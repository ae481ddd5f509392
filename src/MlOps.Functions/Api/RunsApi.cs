using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
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

/// <summary>Body of a cancellation.</summary>
/// <param name="Reason">Why; kept in the audit log.</param>
public sealed record CancelRequest(string? Reason);

internal static class RunsApi
{
    public static void MapRuns(this IEndpointRouteBuilder routes)
    {
        var runs = routes.MapGroup("/api/runs").WithTags("Runs");
        runs.MapGet("", ListAsync).WithSummary("Runs, newest first");
        runs.MapGet("/unfinished", ListUnfinishedAsync).WithSummary("Runs that go on or wait, and announced files on their way to one");
        runs.MapGet("/{id}", GetAsync).WithSummary(
            "A run with its steps, trials and results; with proof=true also the request that verified its release, a row of the data: who looks at it is audited");
        runs.MapPost("/{id}/cancel", CancelAsync).WithSummary("Cancel a run");
    }

    private static async Task<Ok<Page<RunRecord>>> ListAsync(RunStore runs, string? pipeline, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await runs.ListAsync(pipeline, cancellationToken), r => r.RunId, take, continuationToken));

    private static async Task<Ok<UnfinishedRuns>> ListUnfinishedAsync(RunStore runs, RunOnDemand onDemand, CancellationToken cancellationToken) =>
        TypedResults.Ok(new UnfinishedRuns(
            [.. (await runs.ListAsync(null, cancellationToken)).Where(r => !r.Status.IsFinal())],
            [.. (await onDemand.ListArrivalsAsync(cancellationToken)).Select(a => new PendingArrival(a.Pipeline, a.Announcement))]));

    private static async Task<Ok<RunDetails>> GetAsync(string id, bool? proof, string? reason, RunReader reader, AuditLog audit, HttpContext context, CancellationToken cancellationToken)
    {
        var run = await reader.TryReadAsync(id, proof is true, cancellationToken) ?? throw ApiException.NotFound($"run '{id}'", "GET /api/runs lists those there are.");
        if (run.Proof is not null) await audit.AppendAsync(new(Actor.Of(context), "data.read", $"runs/{id}", $"The row that verified its release, and the answer. {reason}".TrimEnd()), cancellationToken);
        return TypedResults.Ok(run);
    }

    private static async Task<Accepted<RunDetails>> CancelAsync(
        string id, CancelRequest request, RunCanceller canceller, RunReader reader, HttpContext context, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Reason)) throw ApiException.Invalid("'reason' is missing: a cancellation must say why.");
        return await canceller.CancelAsync(id, Actor.Of(context), request.Reason, cancellationToken) switch
        {
            CancelOutcome.Unknown => throw ApiException.NotFound($"run '{id}'", "GET /api/runs lists those there are."),
            CancelOutcome.Ended => throw ApiException.Conflict("run-ended", "The run has ended; there is nothing left to cancel."),
            CancelOutcome.Releasing => throw ApiException.Conflict("run-releasing", "The run's release has begun. Roll the endpoint back instead."),
            _ => TypedResults.Accepted($"/api/runs/{id}", await reader.TryReadAsync(id, withProof: false, cancellationToken)),
        };
    }
}
