using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MlOps.Core.Datasets;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Datasets.Operations;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;

namespace MlOps.Functions.Api;

/// <summary>Body of a decision about a dataset version.</summary>
/// <param name="Reason">Why; for the audit log.</param>
public sealed record DatasetDecisionRequest(string? Reason);

/// <summary>Body of a request for a tag.</summary>
/// <param name="Version">The version's digits, the start of them, or another tag.</param>
public sealed record TagRequest(string? Version);

/// <summary>Body of a request to compare two versions.</summary>
/// <param name="From">The old version: digits, the start of them, or a tag.</param>
/// <param name="To">The new version.</param>
/// <param name="Key">Columns that tell rows apart. Default: those of the pipeline's first check 'unique'; without one, all.</param>
public sealed record CompareRequest(string? From, string? To, IReadOnlyList<string>? Key = null);

/// <summary>A version became the newest that counts.</summary>
/// <param name="Version">The version.</param>
/// <param name="SetAside">The versions that were set aside for it.</param>
public sealed record DatasetRollback(string Version, IReadOnlyList<string> SetAside);

internal static class DatasetsApi
{
    private const int MostRows = 1000;

    public static void MapDatasets(this IEndpointRouteBuilder routes)
    {
        var datasets = routes.MapGroup("/api/datasets").WithTags("Datasets");
        datasets.MapGet("", ListAsync).WithSummary("Dataset versions, newest first");
        datasets.MapGet("/{name}/versions", LogAsync).WithSummary("A dataset's versions with their tags and models, newest first");
        datasets.MapGet("/{name}/versions/{version}", GetAsync).WithSummary("A dataset version with its tags and models; 'version' is its digits, the start of them, or a tag");
        datasets.MapGet("/{name}/versions/{version}/profile", ProfileAsync).WithSummary("Its profile; made, with the pages that describe it, where it is missing");
        datasets.MapGet("/{name}/versions/{version}/files/{file}", FileAsync).WithSummary("profile.json, profile.html, datasheet.md or validation.json");
        datasets.MapGet("/{name}/versions/{version}/rules", InferAsync).WithSummary("The pipeline's file with rules added that it keeps, for review");
        datasets.MapGet("/{name}/versions/{version}/lineage", LineageAsync).WithSummary("The files that it was made of, the models trained on it, and where they answer");
        datasets.MapGet("/{name}/versions/{version}/quarantine", QuarantineAsync).WithSummary("Rows that were set apart, with their reasons; who reads them is audited");
        datasets.MapPost("/{name}/diffs", CompareAsync).WithSummary("Tell what changed between two versions; the operation's result says");
        datasets.MapPut("/{name}/tags/{tag}", TagAsync).WithSummary("Give a version a tag; a tag that another version has moves");
        datasets.MapDelete("/{name}/tags/{tag}", UntagAsync).WithSummary("Take a tag away; the version stays");
        datasets.MapPost("/{name}/versions/{version}/revalidate", RevalidateAsync).WithSummary("Hold it against the rules as they are now; the operation's result is the verdict");
        datasets.MapPost("/{name}/versions/{version}/accept", AcceptAsync).WithSummary("Accept what failed, so that it may be trained on");
        datasets.MapPost("/{name}/versions/{version}/rollback", RollBackAsync).WithSummary("Train on it as the newest until new data arrives");
    }

    private static async Task<Ok<Page<DatasetRecord>>> ListAsync(
        DatasetCatalog catalog, string? name, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await catalog.ListAsync(name, cancellationToken), d => $"{d.Name}:{d.Version}", take, continuationToken));

    private static async Task<Ok<Page<DatasetDetails>>> LogAsync(
        string name, DatasetReader reader, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await reader.ListAsync(name, cancellationToken), d => d.Dataset.Version, take, continuationToken));

    private static async Task<Ok<DatasetDetails>> GetAsync(string name, string version, DatasetReader reader, CancellationToken cancellationToken)
    {
        var dataset = await reader.GetAsync(name, version, cancellationToken);
        return TypedResults.Ok((await reader.ListAsync(name, cancellationToken)).Single(d => d.Dataset.Version == dataset.Version));
    }

    private static async Task<Ok<DatasetProfile>> ProfileAsync(string name, string version, DatasetReader reader, DatasetDesk desk, CancellationToken cancellationToken) =>
        TypedResults.Ok(await desk.ProfileAsync(await reader.GetAsync(name, version, cancellationToken), cancellationToken));

    private static async Task<FileStreamHttpResult> FileAsync(
        string name, string version, string file, DatasetReader reader, IBlobStore blobs, HttpContext context, CancellationToken cancellationToken)
    {
        var dataset = await reader.GetAsync(name, version, cancellationToken);
        var blob = DatasetCatalog.FileOf(dataset.Name, dataset.Version, file);
        if (!DatasetFiles.All.Contains(file, StringComparer.Ordinal) || await blobs.TryGetInfoAsync(blob, cancellationToken) is null)
            throw ApiException.NotFound($"file '{file}' of dataset {name}@{dataset.Version[..12]}", $"GET /api/datasets/{name}/versions/{dataset.Version}/profile makes {string.Join(", ", DatasetFiles.All)} where they are missing.");

        // Names and values in the page come from whoever dropped the file: it may show, never run.
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Stream(await blobs.OpenReadAsync(blob, cancellationToken), ContentTypeOf(file));
    }

    private static async Task<Ok<InferredRules>> InferAsync(string name, string version, DatasetReader reader, DatasetDesk desk, CancellationToken cancellationToken) =>
        TypedResults.Ok(await desk.InferAsync(await reader.GetAsync(name, version, cancellationToken), cancellationToken));

    private static async Task<Ok<QuarantinePage>> QuarantineAsync(
        string name, string version, int? take, string? reason, DatasetReader reader, DatasetDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        if (take is < 1 or > MostRows) throw ApiException.Invalid($"'take' is {take}: it must be between 1 and {MostRows}.");
        return TypedResults.Ok(await desk.ReadQuarantineAsync(await reader.GetAsync(name, version, cancellationToken), take ?? 20, Actor.Of(context), reason, cancellationToken));
    }

    private static async Task<Ok<Lineage>> LineageAsync(string name, string version, DatasetReader reader, LineageReader lineage, CancellationToken cancellationToken) =>
        TypedResults.Ok(await lineage.OfAsync(await reader.GetAsync(name, version, cancellationToken), cancellationToken));

    private static async Task<Accepted<DatasetOperation>> CompareAsync(
        string name, CompareRequest request, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        DatasetReader reader, DatasetOperations operations, HttpContext context, CancellationToken cancellationToken)
    {
        if (request is not { From: { } from, To: { } to }) throw ApiException.Invalid("'from' and 'to' are both needed: two versions, as digits or tags.");
        var (before, after) = (await reader.GetAsync(name, from, cancellationToken), await reader.GetAsync(name, to, cancellationToken));
        return OperationsApi.Accepted(await operations.CompareAsync(before, after, request.Key, Actor.Of(context), OperationsApi.KeyOf(idempotencyKey), cancellationToken));
    }

    private static async Task<Ok<DatasetTag>> TagAsync(
        string name, string tag, TagRequest request, DatasetReader reader, DatasetCatalog catalog, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.Version is not { Length: > 0 } version) throw ApiException.Invalid("'version' is missing: the version to tag.");
        if (!DatasetTag.IsName(tag)) throw ApiException.Invalid($"'{tag}' is no tag: expected {DatasetTag.Rule}.");
        return TypedResults.Ok(await catalog.TagAsync(await reader.GetAsync(name, version, cancellationToken), tag, Actor.Of(context), cancellationToken));
    }

    private static async Task<Ok<DatasetTag>> UntagAsync(
        string name, string tag, string? reason, DatasetCatalog catalog, HttpContext context, CancellationToken cancellationToken) =>
        TypedResults.Ok(await catalog.UntagAsync(name, tag, Actor.Of(context), reason ?? "", cancellationToken)
            ?? throw ApiException.NotFound($"tag '{tag}' of dataset '{name}'", $"GET /api/datasets/{name}/versions lists those there are."));

    private static async Task<Accepted<DatasetOperation>> RevalidateAsync(
        string name, string version, DatasetDecisionRequest request, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        DatasetReader reader, DatasetOperations operations, HttpContext context, CancellationToken cancellationToken)
    {
        var dataset = await reader.GetAsync(name, version, cancellationToken);
        return OperationsApi.Accepted(await operations.RevalidateAsync(dataset, Actor.Of(context), request.Reason ?? "", OperationsApi.KeyOf(idempotencyKey), cancellationToken));
    }

    private static async Task<Ok<DatasetRecord>> AcceptAsync(
        string name, string version, DatasetDecisionRequest request, DatasetReader reader, DatasetDesk desk, HttpContext context, CancellationToken cancellationToken) =>
        TypedResults.Ok(await desk.AcceptAsync(await reader.GetAsync(name, version, cancellationToken), Actor.Of(context), ReasonOf(request), cancellationToken));

    private static async Task<Ok<DatasetRollback>> RollBackAsync(
        string name, string version, DatasetDecisionRequest request, DatasetReader reader, DatasetDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        var dataset = await reader.GetAsync(name, version, cancellationToken);
        var later = await desk.RollBackAsync(dataset, Actor.Of(context), ReasonOf(request), cancellationToken);
        return TypedResults.Ok(new DatasetRollback(dataset.Version, [.. later.Select(d => d.Version)]));
    }

    private static string ReasonOf(DatasetDecisionRequest request) => string.IsNullOrWhiteSpace(request.Reason)
        ? throw ApiException.Invalid("'reason' is missing: the audit log must say why.")
        : request.Reason;

    private static string ContentTypeOf(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".md" => "text/markdown; charset=utf-8",
        _ => "application/json",
    };
}
