using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Triggers;
using MlOps.Storage.Blobs;
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
    private const int LongestKey = 255;

    public static void MapPipelines(this IEndpointRouteBuilder routes)
    {
        var pipelines = routes.MapGroup("/api/pipelines").WithTags("Pipelines");
        pipelines.MapGet("", (PipelineCatalog catalog) => TypedResults.Ok(catalog.Names())).WithSummary("Names of the pipelines");
        pipelines.MapPost("/{name}/runs", StartAsync).WithSummary(
            "Run a pipeline on the data there is, or on its example data. Sent again with the same Idempotency-Key it starts nothing and answers as the first time");
        pipelines.MapGet("/{name}/announcements/{id}", FindAsync).WithSummary("What became of an announcement: its run, or why there is none");
        pipelines.MapPost("/{name}/announcements", AnnounceAsync).WithSummary("Say which files will arrive together, and what their run is to do");
    }

    private static async Task<Accepted<StartedRun>> StartAsync(
        string name,
        StartRunRequest request,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        RunOnDemand runs,
        PipelineCatalog catalog,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        Check(catalog, name);
        if (idempotencyKey is { Length: 0 or > LongestKey })
            throw ApiException.Invalid($"'Idempotency-Key' has {idempotencyKey.Length} characters: it must have 1 to {LongestKey}.");
        var order = new OnDemandOrder(name, Actor.Of(context), request.Reason ?? "Asked for through the API.", request.AutoApprove);
        var started = await runs.StartAsync(order, idempotencyKey, cancellationToken);
        return TypedResults.Accepted(
            started.RunId is { } id ? $"/api/runs/{id}" : $"/api/runs?pipeline={name}", new StartedRun(started.RunId, started.Announcement));
    }

    private static async Task<Created<Announcement>> AnnounceAsync(
        string name,
        AnnounceRequest request,
        PipelineCatalog catalog,
        AnnouncementStore announcements,
        IBlobStore blobs,
        TimeProvider time,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        Check(catalog, name);
        if (request.Files is not { Count: > 0 } files || files.Any(f => string.IsNullOrEmpty(f) || NameOf(f) != Path.GetFileName(NameOf(f))))
            throw ApiException.Invalid("'files' must hold names of files, without folders, or names of folders that end in a slash.");
        foreach (var file in files) CheckFile(file, files);
        var folder = catalog.TryRead(name)!.Value.Spec.Triggers.Blob;
        foreach (var file in files)
        {
            if (await blobs.HasEntryAsync(folder + file, cancellationToken))
                throw ApiException.Conflict("file-waiting", $"'{folder}{file}' is there already, and no run has taken it yet. Wait until one has, or give the new file another name.");
        }

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

    // Of a folder without its slash.
    private static string NameOf(string file) => file.EndsWith('/') ? file[..^1] : file;

    private static void CheckFile(string file, IReadOnlyList<string> files)
    {
        if (files.Count(f => f == file) > 1) throw ApiException.Invalid($"'files' names '{file}' twice: one would take the place of the other. Rename one of them.");
        if (IncomingNames.IsUnfinished(NameOf(file)))
            throw ApiException.Invalid($"'files' names '{file}': what is called so counts as unfinished and is never taken ({IncomingNames.UnfinishedRule}). Rename it.");
        if (BlobName.FindFault(NameOf(file)) is { } rule) throw ApiException.Invalid($"'files' names '{file}', which cannot be stored: {rule} Rename it.");
    }

    /// <summary>Answers 404 for a pipeline that is not there.</summary>
    internal static void Check(PipelineCatalog catalog, string name)
    {
        if (!catalog.Names().Contains(name))
            throw ApiException.NotFound($"pipeline '{name}'", $"Those there are: {string.Join(", ", catalog.Names())}.");
    }
}
