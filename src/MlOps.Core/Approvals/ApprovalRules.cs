namespace MlOps.Core.Approvals;

/// <summary>The one place that knows what may happen to a request, and what becomes of it. No clock, no storage.</summary>
public static class ApprovalRules
{
    /// <summary>Takes a vote; the one that completes the quorum decides.</summary>
    /// <param name="request">The request.</param>
    /// <param name="by">Who votes.</param>
    /// <param name="approved">Yes or no.</param>
    /// <param name="reason">Why.</param>
    /// <param name="conditions">What the approval is tied to.</param>
    /// <param name="link">Number of the signed link that the vote came through; <see langword="null"/>: through the API.</param>
    /// <param name="now">The time.</param>
    public static ApprovalChange Vote(
        ApprovalRecord request, Approver by, bool approved, string reason, ApprovalConditions? conditions, string? link, DateTimeOffset now)
    {
        if (Closed(request, now) is { } closed) return new(closed, request);
        if (link is not null && request.UsedLinks.Contains(link, StringComparer.Ordinal)) return new(DecisionStatus.LinkUsed, request);
        if (Excluded(request, by) is not null) return new(DecisionStatus.FourEyes, request);
        if (request.Votes.Any(v => v.By.Equals(by.Name, StringComparison.OrdinalIgnoreCase))) return new(DecisionStatus.AlreadyVoted, request);
        if (request.ApproversNamed && !request.Approvers.Any(by.Is)) return new(DecisionStatus.NotAnApprover, request);
        if (conditions?.MaxTraffic is not null && !request.HasChampion) return new(DecisionStatus.NothingToShare, request);
        if (FreeSeatOf(request, by) is not { } seat) return new(DecisionStatus.AlreadyVoted, request);

        var voted = request with
        {
            Votes = [.. request.Votes, new Vote(by.Name, seat, approved, reason, now) { Conditions = conditions }],
            UsedLinks = link is null ? request.UsedLinks : [.. request.UsedLinks, link],
        };
        return new(DecisionStatus.Recorded, voted with { Decision = VoteTally.DecisionOf(voted, now) });
    }

    /// <summary>Takes a vote back while nothing is decided.</summary>
    public static ApprovalChange WithdrawVote(ApprovalRecord request, Approver by, DateTimeOffset now)
    {
        if (Closed(request, now) is { } closed) return new(closed, request);
        var others = request.Votes.Where(v => !v.By.Equals(by.Name, StringComparison.OrdinalIgnoreCase)).ToList();
        return others.Count == request.Votes.Count ? new(DecisionStatus.NoVote, request) : new(DecisionStatus.Recorded, request with { Votes = others });
    }

    /// <summary>Takes the request back: who asked does not want it any more.</summary>
    public static ApprovalChange Withdraw(ApprovalRecord request, Approver by, string reason, DateTimeOffset now)
    {
        if (Closed(request, now) is { } closed) return new(closed, request);
        return request.Requesters.Any(by.Is)
            ? new(DecisionStatus.Recorded, request with { Decision = new(false, by.Name, reason, now) { Withdrawn = true } })
            : new(DecisionStatus.NotARequester, request);
    }

    /// <summary>Hands a vote that is not cast yet to somebody else; who had a hand in it may do so too.</summary>
    public static ApprovalChange Delegate(ApprovalRecord request, Approver by, string to, string reason, DateTimeOffset now)
    {
        if (Closed(request, now) is { } closed) return new(closed, request);
        if (request.Votes.Any(v => v.By.Equals(by.Name, StringComparison.OrdinalIgnoreCase))) return new(DecisionStatus.AlreadyVoted, request);
        // A role's vote belongs to all who have the role: only what is one's own can be handed on.
        var own = request.Approvers.FirstOrDefault(a => a.Equals(by.Name, StringComparison.OrdinalIgnoreCase));
        var excluded = Excluded(request, by);
        if (own is null && excluded is not { IsApprover: true }) return new(DecisionStatus.NotAnApprover, request);
        var heir = new Approver(to);
        if (request.Approvers.Any(heir.Is) || Excluded(request, heir) is not null) return new(DecisionStatus.UnfitDelegate, request);
        return new(DecisionStatus.Recorded, request with
        {
            Approvers = [.. request.Approvers.Where(a => a != own), to],
            Excluded = own is null ? [.. request.Excluded.Select(e => e == excluded ? e with { IsApprover = false } : e)] : request.Excluded,
            Delegations = [.. request.Delegations, new(by.Name, to, reason, now)],
        });
    }

    /// <summary>Lets further people vote; those who may already, or who had a hand in it, are left out.</summary>
    public static ApprovalChange Escalate(ApprovalRecord request, DateTimeOffset now)
    {
        if (Closed(request, now) is { } closed) return new(closed, request);
        if (request.Escalated) return new(DecisionStatus.Recorded, request);
        var further = request.EscalateTo.Where(p => !request.Approvers.Contains(p, StringComparer.OrdinalIgnoreCase) && Excluded(request, new(p)) is null);
        return new(DecisionStatus.Recorded, request with { Escalated = true, Approvers = [.. request.Approvers, .. further] });
    }

    /// <summary>Decides for nobody: what was settled beforehand, or what the pipeline's policy says once the time is over.</summary>
    public static ApprovalChange Close(ApprovalRecord request, bool approved, string by, string reason, DateTimeOffset now) =>
        request.Decision is null
            ? new(DecisionStatus.Recorded, request with { Decision = new(approved, by, reason, now) })
            : new(DecisionStatus.AlreadyDecided, request);

    /// <summary>Why somebody may not vote; <see langword="null"/>: nothing speaks against it.</summary>
    public static Exclusion? Excluded(ApprovalRecord request, Approver person) =>
        request.Excluded.FirstOrDefault(e => e.Name.Equals(person.Name, StringComparison.OrdinalIgnoreCase));

    private static DecisionStatus? Closed(ApprovalRecord request, DateTimeOffset now) =>
        request.Decision is not null ? DecisionStatus.AlreadyDecided
        : request.ExpiresAt <= now ? DecisionStatus.Expired
        : null;

    /// <summary>The approver that a person's vote would count for: the person, else a role of theirs that nobody has voted for.</summary>
    private static string? FreeSeatOf(ApprovalRecord request, Approver by) =>
        !request.ApproversNamed ? by.Name : request.Approvers
            .Where(a => by.Is(a) && request.Votes.All(v => !v.Approver.Equals(a, StringComparison.OrdinalIgnoreCase)))
            .OrderByDescending(a => a.Equals(by.Name, StringComparison.OrdinalIgnoreCase))
            .FirstOrDefault();
}

/// <summary>What became of an act on a request.</summary>
/// <param name="Status">Whether it was recorded, or why not.</param>
/// <param name="Request">The request afterwards; unchanged where it was refused.</param>
public sealed record ApprovalChange(DecisionStatus Status, ApprovalRecord Request);
