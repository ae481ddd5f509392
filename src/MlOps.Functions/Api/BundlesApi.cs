using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MlOps.Storage.Migration;

namespace MlOps.Functions.Api;

/// <summary>Body of a request for a bundle.</summary>
/// <param name="Parts"><c>models</c>, <c>datasets</c>, <c>runs</c>, <c>audit</c>; none: all.</param>
/// <param name="Pipelines">Only these pipelines' models and datasets; none: all.</param>
/// <param name="Reason">Why, for the audit log.</param>
public sealed record ExportRequest(IReadOnlyList<string>? Parts = null, IReadOnlyList<string>? Pipelines = null, string? Reason = null);

/// <summary>Models, datasets, runs and the audit log, out of one storage and into another.</summary>
internal static class BundlesApi
{
    private const long MostBytes = 256L << 30;

    public static void MapBundles(this IEndpointRouteBuilder routes)
    {
        var bundles = routes.MapGroup("/api").WithTags("Bundles");
        bundles.MapPost("/export", ExportAsync).WithSummary("Models, datasets, their runs and the audit log as a bundle: a tar archive whose last file, bundle.json, lists the others with their hashes");
        bundles.MapPost("/import", ImportAsync).WithMetadata(new RequestSizeLimitAttribute(MostBytes))
            .WithSummary("Bring a bundle in. It is checked as a whole first; what is there already and differs is refused, kept or replaced (existing=refuse|keep|replace)");
    }

    private static PushStreamHttpResult ExportAsync(ExportRequest request, StorageBundles bundles, HttpContext context)
    {
        var selection = new BundleSelection(request.Parts is { Count: > 0 } parts ? parts : BundleSelection.AllParts, request.Pipelines ?? []);
        // Before the answer begins: afterwards nobody could be told.
        StorageBundles.Check(selection);
        var by = Actor.Of(context);
        return TypedResults.Stream(
            async target => await bundles.ExportAsync(selection, by, request.Reason ?? "Asked for through the API.", target, context.RequestAborted), "application/x-tar");
    }

    private static async Task<Ok<ImportResult>> ImportAsync(
        StorageBundles bundles, HttpContext context, string? existing, string? reason, CancellationToken cancellationToken)
    {
        var policy = existing?.ToLowerInvariant() switch
        {
            null or "refuse" => ExistingContent.Refuse,
            "keep" => ExistingContent.Keep,
            "replace" => ExistingContent.Replace,
            _ => throw ApiException.Invalid($"'existing' is '{existing}': it must be refuse, keep or replace."),
        };
        return TypedResults.Ok(await bundles.ImportAsync(context.Request.Body, policy, Actor.Of(context), reason ?? "Asked for through the API.", cancellationToken));
    }
}
