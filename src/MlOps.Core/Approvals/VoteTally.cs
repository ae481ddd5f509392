using MlOps.Core.Specification;

namespace MlOps.Core.Approvals;

/// <summary>What the votes of a request add up to. The order in which they came does not matter.</summary>
public static class VoteTally
{
    /// <summary>Whether the votes approve or reject; <see langword="null"/>: more are needed.</summary>
    /// <remarks>
    /// With quorum any, the first vote decides. Otherwise the required approvals approve, and so many rejections that these cannot
    /// be reached any more reject; where nobody is named, one rejection does, for nobody can say how many could still approve.
    /// </remarks>
    public static bool? VerdictOf(ApprovalRecord request)
    {
        var approvals = request.Votes.Count(v => v.Approved);
        var rejections = request.Votes.Count - approvals;
        if (rejections > 0 && (request.Quorum is QuorumRule.Any || request.Approvers.Count - rejections < request.Required)) return false;
        return approvals >= request.Required ? true : null;
    }

    /// <summary>The decision that the votes come to; <see langword="null"/>: more are needed.</summary>
    public static ApprovalDecision? DecisionOf(ApprovalRecord request, DateTimeOffset now)
    {
        if (VerdictOf(request) is not { } approved) return null;
        var deciding = request.Votes.Where(v => v.Approved == approved).ToList();
        return new(approved, string.Join(", ", deciding.Select(v => v.By)), ReasonOf(deciding), now)
        {
            Conditions = approved ? deciding.Select(v => v.Conditions).Aggregate(ApprovalConditions.Strictest) : null,
        };
    }

    private static string ReasonOf(List<Vote> votes) =>
        votes.Count is 1 ? votes[0].Reason : string.Join(" ", votes.Where(v => v.Reason.Length > 0).Select(v => $"{v.By}: {v.Reason}"));
}
