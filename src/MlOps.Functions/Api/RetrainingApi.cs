using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MlOps.Core.Retraining;
using MlOps.Core.Runs;
using MlOps.Pipelines.Retraining;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Retraining;

namespace MlOps.Functions.Api;

/// <summary>Body of a wish to train again.</summary>
/// <param name="Reason">Why; kept in the audit log.</param>
public sealed record RetrainRequest(string? Reason);

internal static class RetrainingApi
{
    public static void MapRetraining(this IEndpointRouteBuilder routes)
    {
        var retraining = routes.MapGroup("/api/pipelines/{name}/retraining").WithTags("Retraining");
        retraining.MapGet("", ListAsync).WithSummary("What asked for training again, and what became of it");
        retraining.MapPost("", RequestAsync).WithSummary(
            "Ask for training again on the data there is, once the pipeline's run has ended. Sent again with the same Idempotency-Key it asks once");
    }

    private static async Task<Ok<Page<RetrainingRequest>>> ListAsync(
        string name, PipelineCatalog catalog, RetrainingStore requests, int? take, string? continuationToken, CancellationToken cancellationToken)
    {
        PipelinesApi.Check(catalog, name);
        return TypedResults.Ok(Page.Of(await requests.ListAsync(name, cancellationToken), r => r.Id, take, continuationToken));
    }

    private static async Task<Accepted<RetrainingRequest>> RequestAsync(
        string name,
        RetrainRequest request,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        PipelineCatalog catalog,
        RetrainingDesk desk,
        TimeProvider time,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        PipelinesApi.Check(catalog, name);
        if (string.IsNullOrWhiteSpace(request.Reason)) throw ApiException.Invalid("'reason' is missing: say why to train again.");
        if (idempotencyKey is { Length: 0 or > 255 }) throw ApiException.Invalid($"'Idempotency-Key' has {idempotencyKey.Length} characters: it must have 1 to 255.");
        var wish = new RetrainingRequest
        {
            Id = $"person {idempotencyKey ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}",
            Pipeline = name,
            Trigger = RunTrigger.Manual,
            By = Actor.Of(context),
            Reason = request.Reason,
            At = time.GetUtcNow(),
        };
        return TypedResults.Accepted($"/api/pipelines/{name}/retraining", await desk.RequestAsync(wish, cancellationToken));
    }
}
