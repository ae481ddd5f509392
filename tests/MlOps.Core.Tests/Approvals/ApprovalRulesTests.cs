using MlOps.Core.Approvals;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Approvals;

public class ApprovalRulesTests
{
    private static readonly DateTimeOffset s_now = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero);
    private static readonly ApprovalRecord s_request = new()
    {
        Id = "run-1",
        Model = new("flights", 1, new string('a', 64), new string('c', 64)),
        InstanceId = "run-1:approval",
        Approvers = ["ann", "bob", "risk"],
        ApproversNamed = true,
        Quorum = QuorumRule.Number,
        Required = 2,
        Excluded = [new("dan", "started the run", IsApprover: true), new("eve", "changed the pipeline", IsApprover: false)],
        Requesters = ["dan", "owner@example.com"],
        RequestedAt = s_now,
        ExpiresAt = s_now.AddHours(72),
        EscalateTo = ["head", "bob", "dan"],
    };

    [Fact]
    public void Who_had_a_hand_in_it_may_not_vote_but_an_approver_among_them_may_hand_the_vote_on_once()
    {
        Assert.Equal(DecisionStatus.FourEyes, Vote(s_request, "dan").Status);
        Assert.Equal(DecisionStatus.FourEyes, Vote(s_request, "eve").Status);
        var handed = ApprovalRules.Delegate(s_request, new("dan"), "fay", "I trained it.", s_now);
        Assert.Equal(DecisionStatus.Recorded, Vote(handed.Request, "fay").Status);
        Assert.Equal(DecisionStatus.NotAnApprover, ApprovalRules.Delegate(handed.Request, new("dan"), "gil", "", s_now).Status);
        Assert.Equal(DecisionStatus.NotAnApprover, ApprovalRules.Delegate(s_request, new("eve"), "gil", "", s_now).Status);
    }

    [Fact]
    public void A_first_version_has_nobody_to_share_the_traffic_with()
    {
        var first = s_request with { HasChampion = false };
        Assert.Equal(DecisionStatus.NothingToShare, ApprovalRules.Vote(first, new("ann"), true, "", new() { MaxTraffic = 0.1 }, null, s_now).Status);
        Assert.Equal(DecisionStatus.Recorded, ApprovalRules.Vote(first, new("ann"), true, "", null, null, s_now).Status);
        Assert.Equal(DecisionStatus.Recorded, ApprovalRules.Vote(s_request, new("ann"), true, "", new() { MaxTraffic = 0.1 }, null, s_now).Status);
    }

    [Fact]
    public void A_role_has_one_vote_whoever_of_its_people_casts_it_and_a_person_s_own_comes_first()
    {
        var first = Vote(s_request, new Approver("kim", ["risk"]));
        Assert.Equal(("kim", "risk"), (first.Request.Votes[0].By, first.Request.Votes[0].Approver));
        Assert.Equal(DecisionStatus.AlreadyVoted, Vote(first.Request, new Approver("lou", ["risk"])).Status);
        Assert.Equal("ann", Vote(s_request, new Approver("ann", ["risk"])).Request.Votes[0].Approver);
        // The person of that one vote is one person: two seats do not give two votes.
        var ann = Vote(s_request, new Approver("ann", ["risk"])).Request;
        Assert.Equal(DecisionStatus.AlreadyVoted, Vote(ann, new Approver("ANN", ["risk"])).Status);
    }

    [Fact]
    public void A_vote_handed_on_is_the_other_s_and_nobody_gets_two()
    {
        var handed = ApprovalRules.Delegate(s_request, new("ann"), "fay", "On leave.", s_now);
        Assert.Equal(new Delegation("ann", "fay", "On leave.", s_now), Assert.Single(handed.Request.Delegations));
        Assert.Equal(DecisionStatus.NotAnApprover, Vote(handed.Request, "ann").Status);
        Assert.Equal(DecisionStatus.Recorded, Vote(handed.Request, "fay").Status);
        Assert.Equal(DecisionStatus.UnfitDelegate, ApprovalRules.Delegate(s_request, new("ann"), "Bob", "", s_now).Status);
        Assert.Equal(DecisionStatus.UnfitDelegate, ApprovalRules.Delegate(s_request, new("ann"), "eve", "", s_now).Status);
        Assert.Equal(DecisionStatus.AlreadyVoted, ApprovalRules.Delegate(Vote(s_request, "ann").Request, new("ann"), "fay", "", s_now).Status);
        Assert.Equal(DecisionStatus.NotAnApprover, ApprovalRules.Delegate(s_request, new("kim", ["risk"]), "fay", "", s_now).Status);
    }

    [Fact]
    public void A_vote_can_be_withdrawn_and_cast_anew_until_it_is_decided()
    {
        var voted = Vote(s_request, "ann").Request;
        var withdrawn = ApprovalRules.WithdrawVote(voted, new("ann"), s_now);
        Assert.Empty(withdrawn.Request.Votes);
        Assert.Equal(DecisionStatus.NoVote, ApprovalRules.WithdrawVote(s_request, new("ann"), s_now).Status);
        var decided = Vote(voted, "bob").Request;
        Assert.True(decided.Decision!.Approved);
        Assert.Equal("ann, bob", decided.Decision.By);
        Assert.Equal(DecisionStatus.AlreadyDecided, ApprovalRules.WithdrawVote(decided, new("ann"), s_now).Status);
    }

    [Fact]
    public void Only_who_asked_withdraws_the_request()
    {
        Assert.Equal(DecisionStatus.NotARequester, ApprovalRules.Withdraw(s_request, new("ann"), "no", s_now).Status);
        var withdrawn = ApprovalRules.Withdraw(s_request, new("owner@example.com"), "Wrong month.", s_now).Request.Decision!;
        Assert.Equal((false, true, "Wrong month."), (withdrawn.Approved, withdrawn.Withdrawn, withdrawn.Reason));
    }

    [Fact]
    public void Escalation_adds_those_who_are_not_there_yet_and_had_no_hand_in_it()
    {
        var escalated = ApprovalRules.Escalate(s_request, s_now).Request;
        Assert.Equal(["ann", "bob", "risk", "head"], escalated.Approvers);
        Assert.Equal(2, escalated.Required);
        Assert.Same(escalated, ApprovalRules.Escalate(escalated, s_now).Request);
    }

    [Fact]
    public void A_signed_link_works_once_also_when_the_vote_was_withdrawn_in_between()
    {
        var voted = ApprovalRules.Vote(s_request, new("ann"), true, "", null, "link-1", s_now).Request;
        var withdrawn = ApprovalRules.WithdrawVote(voted, new("ann"), s_now).Request;
        Assert.Equal(DecisionStatus.LinkUsed, ApprovalRules.Vote(withdrawn, new("ann"), true, "", null, "link-1", s_now).Status);
        Assert.Equal(DecisionStatus.Recorded, ApprovalRules.Vote(withdrawn, new("ann"), true, "", null, "link-2", s_now).Status);
    }

    [Fact]
    public void After_the_time_is_over_nothing_can_be_done() => Assert.All(
        new[]
        {
            ApprovalRules.Vote(s_request, new("ann"), true, "", null, null, s_request.ExpiresAt),
            ApprovalRules.WithdrawVote(s_request, new("ann"), s_request.ExpiresAt),
            ApprovalRules.Withdraw(s_request, new("dan"), "", s_request.ExpiresAt),
            ApprovalRules.Delegate(s_request, new("ann"), "fay", "", s_request.ExpiresAt),
            ApprovalRules.Escalate(s_request, s_request.ExpiresAt),
        },
        change => Assert.Equal(DecisionStatus.Expired, change.Status));

    [Fact]
    public void Where_nobody_is_named_anybody_votes_and_one_no_ends_it()
    {
        var open = s_request with { Approvers = [], ApproversNamed = false, Excluded = [] };
        var one = Vote(open, "anybody").Request;
        Assert.Null(one.Decision);
        Assert.True(Vote(one, "another").Request.Decision!.Approved);
        Assert.False(ApprovalRules.Vote(one, new("another"), false, "No.", null, null, s_now).Request.Decision!.Approved);
    }

    [Fact]
    public void Where_the_only_one_named_had_a_hand_in_it_nobody_may_vote_until_the_vote_is_handed_on()
    {
        var none = s_request with { Approvers = [], Required = 1, Quorum = QuorumRule.Any };
        Assert.Equal(DecisionStatus.NotAnApprover, Vote(none, "anybody").Status);
        Assert.True(Vote(ApprovalRules.Delegate(none, new("dan"), "fay", "", s_now).Request, "fay").Request.Decision!.Approved);
    }

    private static ApprovalChange Vote(ApprovalRecord request, string by) => Vote(request, new Approver(by));

    private static ApprovalChange Vote(ApprovalRecord request, Approver by) => ApprovalRules.Vote(request, by, true, "", null, null, s_now);
}
