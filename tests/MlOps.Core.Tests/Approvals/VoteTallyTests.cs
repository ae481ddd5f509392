using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Approvals;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Approvals;

public class VoteTallyTests
{
    private static readonly DateTimeOffset s_now = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero);

    /// <summary>Who votes what, and a second order of the same votes.</summary>
    private static readonly Gen<(int Approvers, QuorumSpec Quorum, (int Who, bool Yes)[] Votes, (int Who, bool Yes)[] Shuffled)> s_elections =
        from approvers in Gen.Choose(1, 6)
        from quorum in Gen.OneOf(
            Gen.Constant(new QuorumSpec(QuorumRule.Any, 1)),
            Gen.Constant(new QuorumSpec(QuorumRule.All, 0)),
            Gen.Choose(1, approvers).Select(n => new QuorumSpec(QuorumRule.Number, n)))
        from voters in Gen.SubListOf(Enumerable.Range(0, approvers))
        from answers in Gen.ArrayOf(ArbMap.Default.GeneratorFor<bool>(), voters.Count)
        let votes = voters.Zip(answers).ToArray()
        from shuffled in Gen.Shuffle(votes)
        select (approvers, quorum, votes, shuffled);

    [Fact]
    public void The_order_of_the_votes_does_not_matter_to_what_they_add_up_to() => Check(e =>
        VoteTally.VerdictOf(Request(e.Approvers, e.Quorum) with { Votes = VotesOf(e.Votes) }) ==
        VoteTally.VerdictOf(Request(e.Approvers, e.Quorum) with { Votes = VotesOf(e.Shuffled) }));

    [Fact]
    public void Votes_cast_one_by_one_decide_as_the_same_votes_at_once_and_in_any_order_unless_the_first_decides() => Check(e =>
        e.Quorum.Rule is QuorumRule.Any || Cast(e.Approvers, e.Quorum, e.Votes) == Cast(e.Approvers, e.Quorum, e.Shuffled));

    [Fact]
    public void With_quorum_any_the_first_vote_is_the_decision() => Check(e =>
        e.Quorum.Rule is not QuorumRule.Any || e.Votes.Length is 0 || Cast(e.Approvers, e.Quorum, e.Votes) == e.Votes[0].Yes);

    [Fact]
    public void When_all_have_voted_there_is_a_decision_and_it_says_yes_exactly_when_enough_did() => Check(e =>
    {
        if (e.Votes.Length < e.Approvers || e.Quorum.Rule is QuorumRule.Any) return true;
        return Cast(e.Approvers, e.Quorum, e.Votes) == (e.Votes.Count(v => v.Yes) >= e.Quorum.RequiredOf(e.Approvers));
    });

    [Fact]
    public void Without_a_decision_both_are_still_possible() => Check(e =>
    {
        if (Cast(e.Approvers, e.Quorum, e.Votes) is not null) return true;
        var open = Enumerable.Range(0, e.Approvers).Except(e.Votes.Select(v => v.Who)).ToList();
        return Cast(e.Approvers, e.Quorum, [.. e.Votes, .. open.Select(o => (o, true))]) is true
            && Cast(e.Approvers, e.Quorum, [.. e.Votes, .. open.Select(o => (o, false))]) is false;
    });

    [Fact]
    public void The_strictest_condition_of_all_votes_holds_in_any_order() => Check(e =>
    {
        var shares = e.Votes.Select(v => v.Yes ? new ApprovalConditions { MaxTraffic = (v.Who + 1) / 10.0 } : null).ToList();
        var strictest = shares.Aggregate((ApprovalConditions?)null, ApprovalConditions.Strictest);
        return strictest?.MaxTraffic == shares.Min(s => s?.MaxTraffic) && Enumerable.Reverse(shares).Aggregate((ApprovalConditions?)null, ApprovalConditions.Strictest) == strictest;
    });

    private static void Check(Func<(int Approvers, QuorumSpec Quorum, (int Who, bool Yes)[] Votes, (int Who, bool Yes)[] Shuffled), bool> law) =>
        Prop.ForAll(s_elections.ToArbitrary(), law).QuickCheckThrowOnFailure();

    private static bool? Cast(int approvers, QuorumSpec quorum, IEnumerable<(int Who, bool Yes)> votes) => votes
        .Aggregate(Request(approvers, quorum), (request, vote) => ApprovalRules.Vote(request, new($"p{vote.Who}"), vote.Yes, "why", null, null, s_now).Request)
        .Decision?.Approved;

    private static IReadOnlyList<Vote> VotesOf(IEnumerable<(int Who, bool Yes)> votes) => [.. votes.Select(v => new Vote($"p{v.Who}", $"p{v.Who}", v.Yes, "why", s_now))];

    private static ApprovalRecord Request(int approvers, QuorumSpec quorum) => new()
    {
        Id = "run-1",
        Model = new("flights", 1, new string('a', 64), new string('c', 64)),
        InstanceId = "run-1:approval",
        Approvers = [.. Enumerable.Range(0, approvers).Select(n => $"p{n}")],
        ApproversNamed = true,
        Quorum = quorum.Rule,
        Required = quorum.RequiredOf(approvers),
        RequestedAt = s_now,
        ExpiresAt = s_now.AddHours(72),
    };
}
