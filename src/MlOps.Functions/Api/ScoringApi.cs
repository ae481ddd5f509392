using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MlOps.Core.Scoring;
using MlOps.Pipelines.Scoring;
using MlOps.Storage.Blobs;
using MlOps.Storage.Scoring;

namespace MlOps.Functions.Api;

/// <summary>Body of a wish to score a file again.</summary>
/// <param name="Reason">Why; kept in the audit log.</param>
public sealed record ScoringRetry(string? Reason);

/// <summary>Body of a wish to cancel a job.</summary>
/// <param name="Reason">Why; kept in the audit log.</param>
public sealed record ScoringCancel(string? Reason);

/// <summary>Batch scoring: whole files through the version in production.</summary>
internal static class ScoringApi
{
    private const long MostBytes = 5L << 30;

    public static void MapScoring(this IEndpointRouteBuilder routes)
    {
        var scoring = routes.MapGroup("/api/scoring").WithTags("Scoring");
        scoring.MapGet("", ListAsync).WithSummary("The scoring jobs, the newest first");
        scoring.MapGet("/left", ListLeftAsync).WithSummary("Dropped files that no job takes, and why");
        scoring.MapGet("/{id}", GetAsync).WithSummary("A scoring job");
        scoring.MapGet("/{id}/output", DownloadOutputAsync).WithSummary("The scored rows, as the job wrote them");
        scoring.MapGet("/{id}/refused", DownloadRefusedAsync).WithSummary("The rows set apart, with their places and reasons");
        scoring.MapPost("/{id}/retry", RetryAsync).WithSummary("Start a scoring job again that failed or was cancelled");
        scoring.MapPost("/{id}/cancel", CancelAsync).WithSummary("Cancel a running scoring job: what it wrote is removed, its file is kept");
        routes.MapPost("/api/endpoints/{endpoint}/scoring", SubmitAsync).WithTags("Scoring").WithMetadata(new RequestSizeLimitAttribute(MostBytes)).WithSummary(
            "Have a file scored (the body) by the endpoint's version in production. The same file under the same name is the same job");
    }

    private static async Task<Ok<Page<ScoringJob>>> ListAsync(ScoringStore jobs, string? endpoint, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await jobs.ListAsync(endpoint, cancellationToken), j => j.Id, take, continuationToken));

    private static async Task<Ok<Page<LeftFile>>> ListLeftAsync(ScoringScan scan, CancellationToken cancellationToken) =>
        TypedResults.Ok(new Page<LeftFile>(await scan.ListLeftAsync(cancellationToken), null));

    private static async Task<Ok<ScoringJob>> GetAsync(string id, ScoringStore jobs, CancellationToken cancellationToken) => TypedResults.Ok(await FindAsync(id, jobs, cancellationToken));

    private static async Task<FileStreamHttpResult> DownloadOutputAsync(string id, ScoringStore jobs, IBlobStore blobs, CancellationToken cancellationToken)
    {
        var job = await FindAsync(id, jobs, cancellationToken);
        return await DownloadAsync(job, job.Output, "output", blobs, cancellationToken);
    }

    private static async Task<FileStreamHttpResult> DownloadRefusedAsync(string id, ScoringStore jobs, IBlobStore blobs, CancellationToken cancellationToken)
    {
        var job = await FindAsync(id, jobs, cancellationToken);
        return await DownloadAsync(job, job.Refused, "rows set apart", blobs, cancellationToken);
    }

    private static async Task<FileStreamHttpResult> DownloadAsync(ScoringJob job, string? blob, string what, IBlobStore blobs, CancellationToken cancellationToken)
    {
        if (job.Files is not ScoringFiles.Kept) throw new ApiException(410, "scoring-files-deleted", "It is gone", $"Scoring job '{job.Id}' ended at {job.FinishedAt:u}; its files were kept as long as the pipeline says, and deleted. Send the file again to have it scored again.");
        if (blob is null) throw ApiException.NotFound($"{what} of scoring job '{job.Id}'", $"The job is {job.Status.ToString().ToLowerInvariant()}: {job.Rows} rows, {job.RefusedRows} set apart.");
        var type = job.Format is ScoringFormat.Csv ? "text/csv" : "application/vnd.apache.parquet";
        return TypedResults.Stream(await blobs.OpenReadAsync(blob, cancellationToken), type, Path.GetFileName(blob));
    }

    private static async Task<Accepted<ScoringJob>> SubmitAsync(
        string endpoint, string name, string? output, string? reason, ScoringDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        IncomingFileName.Check(name);
        var format = output is null ? (ScoringFormat?)null
            : Enum.TryParse<ScoringFormat>(output, ignoreCase: true, out var known) && Enum.IsDefined(known) ? known
            : throw ApiException.Invalid($"'output' is '{output}': expected csv or parquet.");
        try
        {
            var job = await desk.SubmitAsync(endpoint, name, context.Request.Body, format, Actor.Of(context), reason ?? $"Sent: {name}.", cancellationToken);
            return TypedResults.Accepted($"/api/scoring/{job.Id}", job);
        }
        catch (ScoringUnavailableException e)
        {
            throw e.IsKnown ? ApiException.Conflict("nothing-in-production", e.Message) : ApiException.NotFound($"endpoint '{endpoint}'", "GET /api/endpoints lists them.");
        }
        catch (ScoringBusyException e)
        {
            throw ApiException.Conflict("scoring-busy", e.Message);
        }
    }

    private static async Task<Accepted<ScoringJob>> RetryAsync(string id, ScoringRetry request, ScoringDesk desk, HttpContext context, ScoringStore jobs, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Reason)) throw ApiException.Invalid("'reason' is missing: say why it is to be tried again.");
        var found = await FindAsync(id, jobs, cancellationToken);
        if (found is { Status: ScoringStatus.Done, Files: ScoringFiles.Kept })
            throw ApiException.Conflict("scoring-done", $"Scoring job '{id}' is done; there is nothing to try again. GET /api/scoring/{id}/output has its output.");
        if (found.Files is not ScoringFiles.Kept) throw ApiException.Conflict("scoring-files-deleted", $"The file of scoring job '{id}' was kept as long as the pipeline says, and deleted. Send it again.");
        try
        {
            return TypedResults.Accepted($"/api/scoring/{id}", await desk.RetryAsync(id, Actor.Of(context), request.Reason, cancellationToken));
        }
        catch (ScoringBusyException e)
        {
            throw ApiException.Conflict("scoring-busy", e.Message);
        }
    }

    private static async Task<Accepted<ScoringJob>> CancelAsync(string id, ScoringCancel request, ScoringDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Reason)) throw ApiException.Invalid("'reason' is missing: a cancellation must say why.");
        var job = await desk.CancelAsync(id, Actor.Of(context), request.Reason, cancellationToken) ?? throw UnknownJob(id);
        return job.Status is ScoringStatus.Done or ScoringStatus.Failed
            ? throw ApiException.Conflict("scoring-ended", $"Scoring job '{id}' ended at {job.FinishedAt:u}: it is {job.Status.ToString().ToLowerInvariant()}. There is nothing left to cancel.")
            : TypedResults.Accepted($"/api/scoring/{id}", job);
    }

    private static async Task<ScoringJob> FindAsync(string id, ScoringStore jobs, CancellationToken cancellationToken) =>
        await jobs.TryGetAsync(id, cancellationToken) ?? throw UnknownJob(id);

    private static ApiException UnknownJob(string id) => ApiException.NotFound($"scoring job '{id}'", "GET /api/scoring lists them.");
}
