using MlOps.Core.Approvals;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Approvals;

public class ApprovalRulesTests
{
    private static readonly DateTimeOffset Now = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero);
    private static readonly ApprovalRecord Request = new()
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
        RequestedAt = Now,
        ExpiresAt = Now.AddHours(72),
        EscalateTo = ["head", "bob", "dan"],
    };

    [Fact]
    public void Who_had_a_hand_in_it_may_not_vote_but_an_approver_among_them_may_hand_the_vote_on_once()
    {
        Assert.Equal(DecisionStatus.FourEyes, Vote(Request, "dan").Status);
        Assert.Equal(DecisionStatus.FourEyes, Vote(Request, "eve").Status);
        var handed = ApprovalRules.Delegate(Request, new("dan"), "fay", "I trained it.", Now);
        Assert.Equal(DecisionStatus.Recorded, Vote(handed.Request, "fay").Status);
        Assert.Equal(DecisionStatus.NotAnApprover, ApprovalRules.Delegate(handed.Request, new("dan"), "gil", "", Now).Status);
        Assert.Equal(DecisionStatus.NotAnApprover, ApprovalRules.Delegate(Request, new("eve"), "gil", "", Now).Status);
    }

    [Fact]
    public void A_first_version_has_nobody_to_share_the_traffic_with()
    {
        var first = Request with { HasChampion = false };
        Assert.Equal(DecisionStatus.NothingToShare, ApprovalRules.Vote(first, new("ann"), true, "", new() { MaxTraffic = 0.1 }, null, Now).Status);
        Assert.Equal(DecisionStatus.Recorded, ApprovalRules.Vote(first, new("ann"), true, "", null, null, Now).Status);
        Assert.Equal(DecisionStatus.Recorded, ApprovalRules.Vote(Request, new("ann"), true, "", new() { MaxTraffic = 0.1 }, null, Now).Status);
    }

    [Fact]
    public void A_role_has_one_vote_whoever_of_its_people_casts_it_and_a_person_s_own_comes_first()
    {
        var first = Vote(Request, new Approver("kim", ["risk"]));
        Assert.Equal(("kim", "risk"), (first.Request.Votes[0].By, first.Request.Votes[0].Approver));
        Assert.Equal(DecisionStatus.AlreadyVoted, Vote(first.Request, new Approver("lou", ["risk"])).Status);
        Assert.Equal("ann", Vote(Request, new Approver("ann", ["risk"])).Request.Votes[0].Approver);
        // The person of that one vote is one person: two seats do not give two votes.
        var ann = Vote(Request, new Approver("ann", ["risk"])).Request;
        Assert.Equal(DecisionStatus.AlreadyVoted, Vote(ann, new Approver("ANN", ["risk"])).Status);
    }

    [Fact]
    public void A_vote_handed_on_is_the_other_s_and_nobody_gets_two()
    {
        var handed = ApprovalRules.Delegate(Request, new("ann"), "fay", "On leave.", Now);
        Assert.Equal(new Delegation("ann", "fay", "On leave.", Now), Assert.Single(handed.Request.Delegations));
        Assert.Equal(DecisionStatus.NotAnApprover, Vote(handed.Request, "ann").Status);
        Assert.Equal(DecisionStatus.Recorded, Vote(handed.Request, "fay").Status);
        Assert.Equal(DecisionStatus.UnfitDelegate, ApprovalRules.Delegate(Request, new("ann"), "Bob", "", Now).Status);
        Assert.Equal(DecisionStatus.UnfitDelegate, ApprovalRules.Delegate(Request, new("ann"), "eve", "", Now).Status);
        Assert.Equal(DecisionStatus.AlreadyVoted, ApprovalRules.Delegate(Vote(Request, "ann").Request, new("ann"), "fay", "", Now).Status);
        Assert.Equal(DecisionStatus.NotAnApprover, ApprovalRules.Delegate(Request, new("kim", ["risk"]), "fay", "", Now).Status);
    }

    [Fact]
    public void A_vote_can_be_withdrawn_and_cast_anew_until_it_is_decided()
    {
        var voted = Vote(Request, "ann").Request;
        var withdrawn = ApprovalRules.WithdrawVote(voted, new("ann"), Now);
        Assert.Empty(withdrawn.Request.Votes);
        Assert.Equal(DecisionStatus.NoVote, ApprovalRules.WithdrawVote(Request, new("ann"), Now).Status);
        var decided = Vote(voted, "bob").Request;
        Assert.True(decided.Decision!.Approved);
        Assert.Equal("ann, bob", decided.Decision.By);
        Assert.Equal(DecisionStatus.AlreadyDecided, ApprovalRules.WithdrawVote(decided, new("ann"), Now).Status);
    }

    [Fact]
    public void Only_who_asked_withdraws_the_request()
    {
        Assert.Equal(DecisionStatus.NotARequester, ApprovalRules.Withdraw(Request, new("ann"), "no", Now).Status);
        var withdrawn = ApprovalRules.Withdraw(Request, new("owner@example.com"), "Wrong month.", Now).Request.Decision!;
        Assert.Equal((false, true, "Wrong month."), (withdrawn.Approved, withdrawn.Withdrawn, withdrawn.Reason));
    }

    [Fact]
    public void Escalation_adds_those_who_are_not_there_yet_and_had_no_hand_in_it()
    {
        var escalated = ApprovalRules.Escalate(Request, Now).Request;
        Assert.Equal(["ann", "bob", "risk", "head"], escalated.Approvers);
        Assert.Equal(2, escalated.Required);
        Assert.Same(escalated, ApprovalRules.Escalate(escalated, Now).Request);
    }

    [Fact]
    public void A_signed_link_works_once_also_when_the_vote_was_withdrawn_in_between()
    {
        var voted = ApprovalRules.Vote(Request, new("ann"), true, "", null, "link-1", Now).Request;
        var withdrawn = ApprovalRules.WithdrawVote(voted, new("ann"), Now).Request;
        Assert.Equal(DecisionStatus.LinkUsed, ApprovalRules.Vote(withdrawn, new("ann"), true, "", null, "link-1", Now).Status);
        Assert.Equal(DecisionStatus.Recorded, ApprovalRules.Vote(withdrawn, new("ann"), true, "", null, "link-2", Now).Status);
    }

    [Fact]
    public void After_the_time_is_over_nothing_can_be_done() => Assert.All(
        new[]
        {
            ApprovalRules.Vote(Request, new("ann"), true, "", null, null, Request.ExpiresAt),
            ApprovalRules.WithdrawVote(Request, new("ann"), Request.ExpiresAt),
            ApprovalRules.Withdraw(Request, new("dan"), "", Request.ExpiresAt),
            ApprovalRules.Delegate(Request, new("ann"), "fay", "", Request.ExpiresAt),
            ApprovalRules.Escalate(Request, Request.ExpiresAt),
        },
        change => Assert.Equal(DecisionStatus.Expired, change.Status));

    [Fact]
    public void Where_nobody_is_named_anybody_votes_and_one_no_ends_it()
    {
        var open = Request with { Approvers = [], ApproversNamed = false, Excluded = [] };
        var one = Vote(open, "anybody").Request;
        Assert.Null(one.Decision);
        Assert.True(Vote(one, "another").Request.Decision!.Approved);
        Assert.False(ApprovalRules.Vote(one, new("another"), false, "No.", null, null, Now).Request.Decision!.Approved);
    }

    [Fact]
    public void Where_the_only_one_named_had_a_hand_in_it_nobody_may_vote_until_the_vote_is_handed_on()
    {
        var none = Request with { Approvers = [], Required = 1, Quorum = QuorumRule.Any };
        Assert.Equal(DecisionStatus.NotAnApprover, Vote(none, "anybody").Status);
        Assert.True(Vote(ApprovalRules.Delegate(none, new("dan"), "fay", "", Now).Request, "fay").Request.Decision!.Approved);
    }

    private static ApprovalChange Vote(ApprovalRecord request, string by) => Vote(request, new Approver(by));

    private static ApprovalChange Vote(ApprovalRecord request, Approver by) => ApprovalRules.Vote(request, by, true, "", null, null, Now);
}
