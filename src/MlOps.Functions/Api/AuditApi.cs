using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Storage.Audit;

namespace MlOps.Functions.Api;

internal static class AuditApi
{
    private const int Largest = 1000;

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/api/audit").WithTags("Audit");
        audit.MapGet("", ListAsync).WithSummary("Who did what, when and why, newest first; 'subject' such as models/flight-delay/3 asks for one thing and what is below it");
        audit.MapGet("/verification", VerifyAsync).WithSummary("Whether every entry is there as it was written; give sequence and hash of an earlier check to prove that nothing up to it was changed");
    }

    private static async Task<Ok<Page<AuditEntry>>> ListAsync(AuditLog audit, string? subject, int? take, string? continuationToken, CancellationToken cancellationToken)
    {
        if (take is < 1 or > Largest) throw ApiException.Invalid($"'take' is {take}: it must be between 1 and {Largest}.");
        try
        {
            var query = new AuditQuery { Subject = subject, ContinuationToken = continuationToken };
            var page = await audit.ListAsync(take is { } number ? query with { Take = number } : query, cancellationToken);
            return TypedResults.Ok(new Page<AuditEntry>(page.Entries, page.ContinuationToken));
        }
        catch (FormatException e)
        {
            throw ApiException.Invalid(e.Message);
        }
    }

    private static async Task<Ok<AuditVerification>> VerifyAsync(AuditLog audit, long? sequence, string? hash, CancellationToken cancellationToken) =>
        (sequence, hash) switch
        {
            (null, null) => TypedResults.Ok(await audit.VerifyAsync(null, cancellationToken)),
            ({ } number, { } text) => TypedResults.Ok(await audit.VerifyAsync(new AuditHead(number, text), cancellationToken)),
            _ => throw ApiException.Invalid("'sequence' and 'hash' belong together: give both, as an earlier check printed them."),
        };
}
