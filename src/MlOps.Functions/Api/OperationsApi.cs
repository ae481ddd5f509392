using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Datasets;
using MlOps.Pipelines.Datasets.Operations;

namespace MlOps.Functions.Api;

/// <summary>Work that is longer than a request: begun elsewhere, asked after and stopped here.</summary>
internal static class OperationsApi
{
    private const int LongestKey = 255;

    public static void MapOperations(this IEndpointRouteBuilder routes)
    {
        var operations = routes.MapGroup("/api/operations").WithTags("Operations");
        operations.MapGet("/{id}", GetAsync).WithSummary("How an operation stands; its result once it is done");
        operations.MapDelete("/{id}", CancelAsync).WithSummary("Stop an operation; one that has ended stays as it is");
    }

    /// <summary>The answer to a request that began an operation.</summary>
    public static Accepted<DatasetOperation> Accepted(DatasetOperation operation) => TypedResults.Accepted($"/api/operations/{operation.Id}", operation);

    /// <summary>The key of a request, where it has one.</summary>
    /// <exception cref="ApiException">It is empty or too long.</exception>
    public static string? KeyOf(string? idempotencyKey) => idempotencyKey is { Length: 0 or > LongestKey }
        ? throw ApiException.Invalid($"'Idempotency-Key' has {idempotencyKey.Length} characters: it must have 1 to {LongestKey}.")
        : idempotencyKey;

    private static async Task<Ok<DatasetOperation>> GetAsync(string id, DatasetOperations operations, CancellationToken cancellationToken) =>
        TypedResults.Ok(await FindAsync(id, operations, cancellationToken));

    private static async Task<Ok<DatasetOperation>> CancelAsync(string id, DatasetOperations operations, HttpContext context, CancellationToken cancellationToken)
    {
        await operations.CancelAsync(await FindAsync(id, operations, cancellationToken), Actor.Of(context), cancellationToken);
        return TypedResults.Ok(await FindAsync(id, operations, cancellationToken));
    }

    private static async Task<DatasetOperation> FindAsync(string id, DatasetOperations operations, CancellationToken cancellationToken) =>
        await operations.TryGetAsync(id, cancellationToken)
        ?? throw ApiException.NotFound($"operation '{id}'", "The answer to the request that began it names it, as does its header Location.");
}
