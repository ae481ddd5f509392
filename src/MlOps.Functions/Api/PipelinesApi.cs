using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Pipelines;

namespace MlOps.Functions.Api;

/// <summary>Body of a request to run a pipeline.</summary>
/// <param name="AutoApprove">Whether the caller approves the candidate beforehand.</param>
/// <param name="Reason">Why, for the audit log.</param>
public sealed record StartRunRequest(bool AutoApprove = false, string? Reason = null);

/// <summary>What was started: a run, or the arrival of files that a run will follow.</summary>
/// <param name="Run">Id of the run, where it is known already.</param>
/// <param name="Announcement">Id of the announcement that the run's files come with.</param>
public sealed record StartedRun(string? Run, string? Announcement);

/// <summary>Body of an announcement.</summary>
/// <param name="Files">Names of files that will arrive in the pipeline's incoming folder.</param>
/// <param name="AutoApprove">Whether the caller approves the candidate beforehand.</param>
/// <param name="Reason">Why, for the audit log.</param>
public sealed record AnnounceRequest(IReadOnlyList<string>? Files, bool AutoApprove = false, string? Reason = null);

internal static class PipelinesApi
{
    public static void MapPipelines(this IEndpointRouteBuilder routes)
    {
        var pipelines = routes.MapGroup("/api/pipelines").WithTags("Pipelines");
        pipelines.MapGet("", (PipelineCatalog catalog) => TypedResults.Ok(catalog.Names())).WithSummary("Names of the pipelines");
        pipelines.MapPost("/{name}/runs", StartAsync).WithSummary("Run a pipeline on the data there is, or on its example data");
        pipelines.MapGet("/{name}/announcements/{id}", FindAsync).WithSummary("What became of an announcement: its run, or why there is none");
        pipelines.MapPost("/{name}/announcements", AnnounceAsync).WithSummary("Say which files will arrive together, and what their run is to do");
    }

    private static async Task<Accepted<StartedRun>> StartAsync(
        string name, StartRunRequest request, RunOnDemand runs, PipelineCatalog catalog, HttpContext context, CancellationToken cancellationToken)
    {
        Check(catalog, name);
        var started = await runs.StartAsync(name, Actor.Of(context), request.Reason ?? "Asked for through the API.", request.AutoApprove, cancellationToken);
        return TypedResults.Accepted(
            started.RunId is { } id ? $"/api/runs/{id}" : $"/api/runs?pipeline={name}", new StartedRun(started.RunId, started.Announcement));
    }

    private static async Task<Created<Announcement>> AnnounceAsync(
        string name, AnnounceRequest request, PipelineCatalog catalog, AnnouncementStore announcements, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        Check(catalog, name);
        if (request.Files is not { Count: > 0 } files || files.Any(f => f != Path.GetFileName(f) || f.Length is 0))
            throw ApiException.Invalid("'files' must hold names of files, without folders.");
        var folder = catalog.TryRead(name)!.Value.Spec.Triggers.Blob;
        var announcement = new Announcement
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            Pipeline = name,
            Files = [.. files.Select(f => folder + f)],
            By = Actor.Of(context),
            Reason = request.Reason ?? "Announced through the API.",
            AutoApprove = request.AutoApprove,
            CreatedAt = time.GetUtcNow(),
        };
        await announcements.AddAsync(announcement, cancellationToken);
        return TypedResults.Created($"/api/runs?pipeline={name}", announcement);
    }

    private static async Task<Ok<AnnouncementState>> FindAsync(string name, string id, RunOnDemand runs, PipelineCatalog catalog, CancellationToken cancellationToken)
    {
        Check(catalog, name);
        return TypedResults.Ok(await runs.FindAsync(name, id, cancellationToken));
    }

    private static void Check(PipelineCatalog catalog, string name)
    {
        if (!catalog.Names().Contains(name))
            throw ApiException.NotFound($"pipeline '{name}'", $"Those there are: {string.Join(", ", catalog.Names())}.");
    }
}
