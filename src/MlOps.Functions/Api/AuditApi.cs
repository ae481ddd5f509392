using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Storage.Audit;

namespace MlOps.Functions.Api;

internal static class AuditApi
{
    public static void MapAudit(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/audit", ListAsync).WithTags("Audit").WithSummary("Who did what, when and why, newest first");

    private static async Task<Ok<IReadOnlyList<AuditEvent>>> ListAsync(AuditLog audit, CancellationToken cancellationToken) =>
        TypedResults.Ok(await audit.ListAsync(cancellationToken));
}
