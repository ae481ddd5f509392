using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using MlOps.Core.Approvals;
using MlOps.Pipelines.Approvals;
using MlOps.Pipelines.Notifications;
using MlOps.Storage.Approvals;

namespace MlOps.Functions.Api;

/// <summary>Body of a decision.</summary>
/// <param name="Decision"><c>approve</c> or <c>reject</c>.</param>
/// <param name="Reason">Why; required on a no.</param>
/// <param name="Conditions">What an approval is tied to.</param>
public sealed record DecisionRequest(string? Decision, string? Reason, ApprovalConditions? Conditions = null);

/// <summary>Body of a delegation.</summary>
/// <param name="To">Who is to decide instead.</param>
/// <param name="Reason">Why.</param>
public sealed record DelegationRequest(string? To, string? Reason);

/// <summary>Body of a request for a link.</summary>
/// <param name="Approver">Whose link it is to be; absent: the caller's.</param>
public sealed record LinkRequest(string? Approver);

/// <summary>A signed link to the page on a request: whoever has it decides as the approver, once.</summary>
/// <param name="Approver">Whose link it is.</param>
/// <param name="Url">Its address; a secret.</param>
/// <param name="ExpiresAt">When it ends, UTC.</param>
public sealed record SignedLink(string Approver, Uri Url, DateTimeOffset ExpiresAt);

/// <summary>Body of a withdrawal.</summary>
/// <param name="Of"><c>vote</c>: the caller's own vote; <c>request</c>: the request as a whole, by who asked.</param>
/// <param name="Reason">Why.</param>
public sealed record WithdrawalRequest(string? Of, string? Reason);

internal static class ApprovalsApi
{
    private const int LongestReason = 4000;

    public static void MapApprovals(this IEndpointRouteBuilder routes)
    {
        var approvals = routes.MapGroup("/api/approvals").WithTags("Approvals");
        approvals.MapGet("", ListAsync).WithSummary("Requests for a decision; 'open=true' asks for those that wait");
        approvals.MapGet("/{id}", GetAsync).WithSummary("A request for a decision, with its votes");
        approvals.MapPost("/{id}", DecideAsync).WithSummary("Approve or reject");
        approvals.MapPost("/{id}/delegation", DelegateAsync).WithSummary("Hand the caller's vote to somebody else");
        approvals.MapPost("/{id}/links", CreateLinkAsync).WithSummary("A signed link to the page on a request, for an approver");
        approvals.MapPost("/{id}/withdrawal", WithdrawAsync).WithSummary("Take back the caller's vote, or the request as a whole");
    }

    /// <summary>Checks what a person may write beside a decision; the same for the API and the page.</summary>
    public static Ballot BallotOf(DecisionRequest request)
    {
        var approved = request.Decision switch
        {
            "approve" => true,
            "reject" => false,
            _ => throw ApiException.Invalid($"'decision' is {(request.Decision is null ? "missing" : $"'{request.Decision}'")}: it must be 'approve' or 'reject'."),
        };
        if (!approved && string.IsNullOrWhiteSpace(request.Reason))
            throw ApiException.Invalid("'reason' is missing: a rejection must say why.");
        if (request.Conditions?.MaxTraffic is { } share && share is not (> 0 and < 1))
            throw ApiException.Invalid(FormattableString.Invariant($"'conditions.maxTraffic' is {share}: it must be above 0 and below 1, such as 0.1 for a tenth of the traffic. Leave it away for all of it."));
        if (!approved && request.Conditions?.MaxTraffic is not null)
            throw ApiException.Invalid("'conditions' belong to an approval: a rejection has none.");
        return new(approved, ReasonOf(request.Reason), request.Conditions?.MaxTraffic is null ? null : request.Conditions);
    }

    /// <summary>A refusal as a problem; a record when there is none.</summary>
    public static ApprovalRecord RecordOf(DecisionOutcome outcome, string id, Approver by)
    {
        var record = outcome.Request;
        return outcome.Status switch
        {
            DecisionStatus.Recorded => record!,
            DecisionStatus.Unknown => throw Unknown(id),
            DecisionStatus.AlreadyDecided => throw ApiException.Conflict(
                "already-decided", $"{record!.Decision!.By} {(record.Decision.Withdrawn ? "withdrew" : record.Decision.Approved ? "approved" : "rejected")} it at {record.Decision.At:u}. A decision stands; start another run."),
            DecisionStatus.Expired => throw ApiException.Conflict("expired", $"The time for a decision ended at {record!.ExpiresAt:u}. Start another run."),
            DecisionStatus.AlreadyVoted => throw ApiException.Conflict("already-voted", $"'{by.Name}', or another one of the same role, has voted. Withdraw the vote first to change it."),
            DecisionStatus.NoVote => throw ApiException.Conflict("no-vote", $"'{by.Name}' has no vote to withdraw."),
            DecisionStatus.LinkUsed => throw ApiException.Conflict("link-used", "This link was used before; it works once."),
            DecisionStatus.NothingToShare => throw ApiException.Conflict(
                "nothing-to-share", "Nothing was in production that could take the rest of the traffic when the decision was asked for. Approve without 'maxTraffic', or reject."),
            DecisionStatus.UnfitDelegate => throw ApiException.Conflict("unfit-delegate", "'to' may not have the vote: an approver already, or with a hand in the candidate. Name somebody else."),
            DecisionStatus.FourEyes => throw new ApiException(403, "four-eyes", "You may not decide",
                $"'{by.Name}' {ApprovalRules.Excluded(record!, by)!.Why}; somebody else must decide. An approver may hand the vote on."),
            DecisionStatus.NotARequester => throw new ApiException(403, "not-a-requester", "You may not withdraw it",
                $"'{by.Name}' did not ask for it: {string.Join(", ", record!.Requesters)} may withdraw it."),
            _ when record!.Approvers.Count is 0 => throw new ApiException(403, "not-an-approver", "There is no vote to hand on", "The pipeline names no approvers: whoever may reach the API may vote, and has no vote of their own to hand on."),
            _ => throw new ApiException(403, "not-an-approver", "You may not decide", $"'{by.Name}' is not among the approvers: {string.Join(", ", record!.Approvers)}."),
        };
    }

    private static async Task<Ok<Page<ApprovalRecord>>> ListAsync(ApprovalStore approvals, bool? open, int? take, string? continuationToken, CancellationToken cancellationToken)
    {
        var all = await approvals.ListAsync(cancellationToken);
        return TypedResults.Ok(Page.Of([.. all.Where(a => open is null || a.Decision is null == open)], a => a.Id, take, continuationToken));
    }

    private static async Task<Ok<ApprovalRecord>> GetAsync(string id, ApprovalStore approvals, CancellationToken cancellationToken) =>
        TypedResults.Ok(await approvals.TryGetAsync(id, cancellationToken) ?? throw Unknown(id));

    private static async Task<Ok<ApprovalRecord>> DecideAsync(
        string id, DecisionRequest request, ApprovalDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        var (ballot, by) = (BallotOf(request), Actor.PersonOf(context));
        return TypedResults.Ok(RecordOf(await desk.VoteAsync(id, by, ballot, cancellationToken), id, by));
    }

    private static async Task<Ok<ApprovalRecord>> DelegateAsync(
        string id, DelegationRequest request, ApprovalDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.To?.Trim() is not { Length: > 0 and <= 254 } to || to.Any(char.IsControl))
            throw ApiException.Invalid("'to' is missing or no name: give the name or address of the one who is to decide instead, at most 254 characters.");
        var by = Actor.PersonOf(context);
        return TypedResults.Ok(RecordOf(await desk.DelegateAsync(id, by, to, ReasonOf(request.Reason), cancellationToken), id, by));
    }

    private static async Task<Ok<SignedLink>> CreateLinkAsync(
        string id, LinkRequest request, ApprovalStore approvals, ApprovalLinks links, IOptions<NotificationOptions> options, IOptions<AuthenticationOptions> authentication,
        HttpContext context, CancellationToken cancellationToken)
    {
        var by = Actor.PersonOf(context);
        var approver = request.Approver ?? by.Name;
        if (!links.CanBeSent) throw ApiException.Conflict("no-link-key", "Links cannot be signed here: the setting Approvals__LinkKey is missing. Set it to the output of 'openssl rand -base64 32'.");
        var record = await approvals.TryGetAsync(id, cancellationToken) ?? throw Unknown(id);
        if (record.ApproversNamed && !record.Approvers.Contains(approver, StringComparer.OrdinalIgnoreCase))
            throw new ApiException(403, "not-an-approver", "There is no such approver", $"'{approver}' is not among the approvers: {string.Join(", ", record.Approvers)}.");
        // A link is as good as its approver's sign-in; where there is one, nobody gets somebody else's.
        if (authentication.Value.TrustClientPrincipal && !by.Is(approver))
            throw new ApiException(403, "not-an-approver", "It is not your link", $"'{by.Name}' cannot have the link of '{approver}'.");

        var host = options.Value.PublicUrl ?? new Uri($"{context.Request.Scheme}://{context.Request.Host}/");
        var link = new SignedLink(approver, new Uri(host, links.Create(record, approver)), record.ExpiresAt);
        await approvals.NoteLinkAsync(record, by.Name, approver, cancellationToken);
        return TypedResults.Ok(link);
    }

    private static async Task<Ok<ApprovalRecord>> WithdrawAsync(
        string id, WithdrawalRequest request, ApprovalDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        var (by, reason) = (Actor.PersonOf(context), ReasonOf(request.Reason));
        var outcome = request.Of switch
        {
            "vote" => await desk.WithdrawVoteAsync(id, by, reason, cancellationToken),
            "request" => await desk.WithdrawAsync(id, by, reason.Length > 0 ? reason : "The request was withdrawn.", cancellationToken),
            _ => throw ApiException.Invalid($"'of' is {(request.Of is null ? "missing" : $"'{request.Of}'")}: it must be 'vote' or 'request'."),
        };
        return TypedResults.Ok(RecordOf(outcome, id, by));
    }

    private static string ReasonOf(string? text) => text?.Trim() is { } reason
        ? reason.Length <= LongestReason ? reason : throw ApiException.Invalid($"'reason' has {reason.Length} characters, more than {LongestReason}. Shorten it.")
        : "";

    private static ApiException Unknown(string id) => ApiException.NotFound($"request for approval '{id}'", "Its id is that of the run; GET /api/approvals lists those there are.");
}
