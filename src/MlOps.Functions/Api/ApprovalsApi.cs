using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Approvals;
using MlOps.Pipelines.Approvals;
using MlOps.Storage.Approvals;

namespace MlOps.Functions.Api;

/// <summary>Body of a decision.</summary>
/// <param name="Decision"><c>approve</c> or <c>reject</c>.</param>
/// <param name="Reason">Why; required on a no.</param>
public sealed record DecisionRequest(string? Decision, string? Reason);

internal static class ApprovalsApi
{
    public static void MapApprovals(this IEndpointRouteBuilder routes)
    {
        var approvals = routes.MapGroup("/api/approvals").WithTags("Approvals");
        approvals.MapGet("", ListAsync).WithSummary("Requests for a decision");
        approvals.MapGet("/{id}", GetAsync).WithSummary("A request for a decision");
        approvals.MapPost("/{id}", DecideAsync).WithSummary("Approve or reject");
    }

    private static async Task<Ok<Page<ApprovalRecord>>> ListAsync(ApprovalStore approvals, int? take, string? continuationToken, CancellationToken cancellationToken) =>
        TypedResults.Ok(Page.Of(await approvals.ListAsync(cancellationToken), a => a.Id, take, continuationToken));

    private static async Task<Ok<ApprovalRecord>> GetAsync(string id, ApprovalStore approvals, CancellationToken cancellationToken) =>
        TypedResults.Ok(await approvals.TryGetAsync(id, cancellationToken) ?? throw Unknown(id));

    private static async Task<Ok<ApprovalRecord>> DecideAsync(
        string id, DecisionRequest request, ApprovalDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        var approved = request.Decision switch
        {
            "approve" => true,
            "reject" => false,
            _ => throw ApiException.Invalid($"'decision' is {(request.Decision is null ? "missing" : $"'{request.Decision}'")}: it must be 'approve' or 'reject'."),
        };
        if (!approved && string.IsNullOrWhiteSpace(request.Reason))
            throw ApiException.Invalid("'reason' is missing: a rejection must say why.");

        var by = Actor.Of(context);
        var (status, record) = await desk.DecideAsync(id, approved, by, request.Reason ?? "", cancellationToken);
        return status switch
        {
            DecisionStatus.Recorded => TypedResults.Ok(record),
            DecisionStatus.Unknown => throw Unknown(id),
            DecisionStatus.AlreadyDecided => throw ApiException.Conflict(
                "already-decided", $"{record!.Decision!.By} {(record.Decision.Approved ? "approved" : "rejected")} it at {record.Decision.At:u}. A decision stands; start another run."),
            DecisionStatus.Expired => throw ApiException.Conflict("expired", $"The time for a decision ended at {record!.ExpiresAt:u}. Start another run."),
            _ => throw new ApiException(403, "not-an-approver", "You may not decide", $"'{by}' is not among the approvers: {string.Join(", ", record!.Approvers)}."),
        };
    }

    private static ApiException Unknown(string id) => ApiException.NotFound($"request for approval '{id}'", "Its id is that of the run; GET /api/approvals lists those there are.");
}
