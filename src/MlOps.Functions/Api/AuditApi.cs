using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Storage.Audit;

namespace MlOps.Functions.Api;

internal static class AuditApi
{
    private const int Largest = 1000;

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/api/audit").WithTags("Audit");
        audit.MapGet("", ListAsync).WithSummary("Who did what, when and why, newest first; 'subject' such as models/flight-delay/3 asks for one thing and what is below it, 'action' such as model for all of a kind");
        audit.MapGet("/verification", VerifyAsync).WithSummary("Whether every entry is there as it was written; give sequence and hash of an earlier check to prove that nothing up to it was changed");
        audit.MapGet("/checkpoints", ListCheckpointsAsync).WithSummary("The signed checkpoints, oldest first");
        audit.MapPost("/checkpoints", CheckpointAsync).WithSummary("Sign where the log ends now");
        audit.MapGet("/key", Key).WithSummary("The public key that checkpoints are verified with, as PEM");
        audit.MapGet("/export", Export).WithSummary("The whole log with its checkpoints as JSON lines, which 'mlops audit verify --file' verifies without this host");
    }

    private static async Task<Ok<Page<AuditEntry>>> ListAsync(
        AuditLog audit, string? subject, string? actor, string? action, DateTimeOffset? since, DateTimeOffset? until, int? take, string? continuationToken,
        CancellationToken cancellationToken)
    {
        if (take is < 1 or > Largest) throw ApiException.Invalid($"'take' is {take}: it must be between 1 and {Largest}.");
        try
        {
            var query = new AuditQuery { Subject = subject, Actor = actor, Action = action, Since = since, Until = until, ContinuationToken = continuationToken };
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

    private static async Task<Ok<Page<AuditCheckpoint>>> ListCheckpointsAsync(AuditLog audit, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await audit.ListCheckpointsAsync(cancellationToken), c => $"{c.Sequence:D19}", take, continuationToken));

    private static async Task<Ok<AuditCheckpoint>> CheckpointAsync(AuditLog audit, CancellationToken cancellationToken)
    {
        RequireKey(audit);
        return TypedResults.Ok(await audit.CheckpointAsync(cancellationToken)
            ?? throw ApiException.Conflict("not-possible", "The audit log has no entries yet: there is nothing to sign."));
    }

    private static ContentHttpResult Key(AuditLog audit) => TypedResults.Text(RequireKey(audit).Pem, "application/x-pem-file");

    private static PushStreamHttpResult Export(AuditLog audit, TimeProvider time, HttpContext context)
    {
        RequireKey(audit);
        return TypedResults.Stream(output => AuditExport.WriteAsync(audit, output, time.GetUtcNow(), context.RequestAborted), "application/jsonl", "audit.jsonl");
    }

    private static AuditPublicKey RequireKey(AuditLog audit) =>
        audit.PublicKey ?? throw ApiException.Conflict("not-possible", "This host has no key to sign the audit log with.");
}
