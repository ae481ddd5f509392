using MlOps.Core.Approvals;
using MlOps.Core.Notifications;
using MlOps.Core.Specification;
using MlOps.Pipelines.Notifications;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Approvals;

/// <summary>Tells people of requests: everybody through the shared channels, and each approver with a message of their own.</summary>
internal sealed class ApprovalMessenger(Notifier notifier, RunSpecs specs, TimeProvider time)
{
    public Task SendRequestAsync(ApprovalRecord request, CancellationToken cancellationToken) =>
        SendAsync(request, "requested", "", $"{Called(request)} waits for your decision", TermsOf(request), request.Approvers, NotificationSeverity.Warning, cancellationToken);

    public Task SendReminderAsync(ApprovalRecord request, int number, CancellationToken cancellationToken) =>
        SendAsync(request, "reminder", $"{number}", $"{Called(request)} still waits for your decision", TermsOf(request), StillAsked(request), NotificationSeverity.Warning, cancellationToken);

    public Task SendEscalationAsync(ApprovalRecord request, CancellationToken cancellationToken) =>
        SendAsync(request, "escalated", "", $"{Called(request)} waits for a decision that nobody has made", $"You may decide now, too. {TermsOf(request)}", StillAsked(request), NotificationSeverity.Critical, cancellationToken);

    public Task SendDelegationAsync(ApprovalRecord request, CancellationToken cancellationToken)
    {
        var (from, to, reason, _) = request.Delegations[^1];
        return SendAsync(request, "delegated", $"{request.Delegations.Count}", $"{from} asks you to decide on {Name(request)}", $"{reason} {TermsOf(request)}".Trim(), [to], NotificationSeverity.Warning, cancellationToken);
    }

    public Task SendDecisionAsync(ApprovalRecord request, CancellationToken cancellationToken)
    {
        var decision = request.Decision!;
        var verb = decision.Withdrawn ? "withdrew the request for" : decision.Approved ? "approved" : "rejected";
        return SendAsync(request, "decided", "", $"{decision.By} {verb} {Name(request)}{ApprovalConditions.InWords(decision.Conditions)}", decision.Reason, [], NotificationSeverity.Info, cancellationToken);
    }

    private static string Called(ApprovalRecord request) => $"Version {request.Model.Version} of {request.Model.Name}";

    private static string Name(ApprovalRecord request) => $"version {request.Model.Version} of {request.Model.Name}";

    private static IReadOnlyList<string> StillAsked(ApprovalRecord request) =>
        [.. request.Approvers.Where(a => !request.Votes.Any(v => v.Approver.Equals(a, StringComparison.OrdinalIgnoreCase)))];

    private static string TermsOf(ApprovalRecord request)
    {
        var needed = request.Quorum is QuorumRule.Any ? "" : $"{request.Required}{(request.ApproversNamed ? $" of {request.Approvers.Count}" : "")} must approve. ";
        var excluded = string.Concat(request.Excluded.Where(e => e.IsApprover).Select(e => $"{e.Name} {e.Why} and may not decide, but may hand the vote to somebody else. "));
        return $"It passed its gates. {needed}{excluded}The time ends at {request.ExpiresAt:u}.";
    }

    private async Task SendAsync(
        ApprovalRecord request, string what, string number, string title, string text, IReadOnlyList<string> people, NotificationSeverity severity, CancellationToken cancellationToken)
    {
        var spec = await specs.ReadAsync(request.Id, cancellationToken);
        var message = new Notification
        {
            Id = Notification.IdOf("approval", request.Id, what, number),
            Event = $"approval.{what}",
            Subject = request.Subject,
            Pipeline = spec.Name,
            Severity = severity,
            Title = title,
            Text = text.Length is 0 ? "No reason was given." : text,
            Facts = FactsOf(request),
            Links = [new(request.Decision is null ? "Review and decide" : "Look at it", ApprovalLinks.PathOf(request.Id)) { Approval = request.Decision is null ? request.Id : null }],
            At = time.GetUtcNow(),
        };
        await notifier.SendAsync(message, spec.Notify, cancellationToken);
        foreach (var person in people)
            await notifier.SendAsync(message with { Id = Notification.IdOf("approval", request.Id, what, number, person), Recipient = person }, spec.Notify, cancellationToken);
    }

    private static IReadOnlyList<NotificationFact> FactsOf(ApprovalRecord request) =>
    [
        new("Model", Name(request)),
        new("Run", request.Id),
        .. request.Requesters.Take(1).Select(r => new NotificationFact("Started by", r)),
        .. request.Votes.Select(v => new NotificationFact(v.Approved ? "Approved by" : "Rejected by", v.By)),
    ];
}
