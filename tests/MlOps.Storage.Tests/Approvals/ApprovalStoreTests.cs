using MlOps.Core.Approvals;
using MlOps.Core.Specification;
using MlOps.Storage.Approvals;

namespace MlOps.Storage.Tests.Approvals;

public sealed class ApprovalStoreTests : IDisposable
{
    private static readonly Ballot s_yes = new(true, "");
    private readonly Records _records = new();
    private readonly ApprovalStore _approvals;

    public ApprovalStoreTests() => _approvals = new ApprovalStore(_records.Tables, _records.Audit, _records.Time);

    public void Dispose() => _records.Dispose();

    [Fact]
    public async Task Of_votes_at_the_same_time_the_first_decides_and_the_others_are_told_so()
    {
        await _approvals.RequestAsync(_records.Request("run-1"), default);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(() => _approvals.VoteAsync("run-1", new($"person-{n}"), new(n % 2 is 0, "why"), default))));

        var recorded = Assert.Single(outcomes, o => o.Status is DecisionStatus.Recorded);
        Assert.All(outcomes.Where(o => o != recorded), o => Assert.Equal(DecisionStatus.AlreadyDecided, o.Status));
        Assert.Equal(recorded.Request!.Decision, (await _approvals.TryGetAsync("run-1", default))!.Decision);
        var audited = await _records.AuditedAsync();
        Assert.Single(audited, a => a is "approval.approved" or "approval.rejected");
        Assert.Single(audited, a => a is "approval.voted");
        Assert.Equal(19, audited.Count(a => a is "approval.refused"));
    }

    [Fact]
    public async Task Votes_at_the_same_time_are_all_kept_until_the_quorum_is_reached()
    {
        string[] people = [.. Enumerable.Range(0, 10).Select(n => $"person-{n}")];
        await _approvals.RequestAsync(_records.Request("run-1", people) with { Quorum = QuorumRule.All, Required = 10 }, default);
        await Task.WhenAll(people.Select(p => Task.Run(() => _approvals.VoteAsync("run-1", new(p), s_yes, default))));

        var request = (await _approvals.TryGetAsync("run-1", default))!;
        Assert.Equal(people, request.Votes.Select(v => v.By).Order(StringComparer.Ordinal));
        Assert.True(request.Decision!.Approved);
        var audited = await _records.AuditedAsync();
        Assert.Equal(10, audited.Count(a => a is "approval.voted"));
        Assert.Single(audited, a => a is "approval.approved");
    }

    [Fact]
    public async Task Only_an_approver_decides_whatever_the_case_of_the_name()
    {
        await _approvals.RequestAsync(_records.Request("run-1", "lead@example.com"), default);
        Assert.Equal(DecisionStatus.NotAnApprover, (await _approvals.VoteAsync("run-1", new("me@example.com"), s_yes, default)).Status);
        Assert.Equal(DecisionStatus.Recorded, (await _approvals.VoteAsync("run-1", new("Lead@Example.com"), s_yes, default)).Status);
    }

    [Fact]
    public async Task After_the_time_is_over_nobody_decides_but_the_policy()
    {
        await _approvals.RequestAsync(_records.Request("run-1", "lead@example.com"), default);
        _records.Time.Now += TimeSpan.FromHours(72);
        Assert.Equal(DecisionStatus.Expired, (await _approvals.VoteAsync("run-1", new("lead@example.com"), s_yes, default)).Status);
        var closed = await _approvals.CloseAsync("run-1", false, "mlops", "Nobody came.", default);
        Assert.Equal((DecisionStatus.Recorded, "mlops"), (closed.Status, closed.Request!.Decision!.By));
    }

    [Fact]
    public async Task A_person_who_decided_in_the_last_moment_wins_over_the_policy()
    {
        await _approvals.RequestAsync(_records.Request("run-1"), default);
        await _approvals.VoteAsync("run-1", new("lead"), new(true, "Just in time."), default);
        Assert.Equal(DecisionStatus.AlreadyDecided, (await _approvals.CloseAsync("run-1", false, "mlops", "Nobody came.", default)).Status);
        Assert.True((await _approvals.TryGetAsync("run-1", default))!.Decision!.Approved);
    }

    [Fact]
    public async Task A_request_opened_again_changes_nothing_and_an_unknown_one_is_told()
    {
        await _approvals.RequestAsync(_records.Request("run-1"), default);
        await _approvals.VoteAsync("run-1", new("lead"), s_yes, default);
        Assert.NotNull((await _approvals.RequestAsync(_records.Request("run-1"), default)).Decision);
        Assert.Equal(DecisionStatus.Unknown, (await _approvals.VoteAsync("run-2", new("lead"), s_yes, default)).Status);
    }

    [Fact]
    public async Task Conditions_delegation_escalation_and_withdrawal_are_kept_and_audited()
    {
        var asked = _records.Request("run-1", "ann", "bob") with { Quorum = QuorumRule.Number, Required = 2, EscalateTo = ["head"], Requesters = ["me"] };
        await _approvals.RequestAsync(asked, default);
        await _approvals.DelegateAsync("run-1", new("ann"), "cid", "On leave.", default);
        await _approvals.EscalateAsync("run-1", default);
        // A second run of the same activity.
        await _approvals.EscalateAsync("run-1", default);
        await _approvals.VoteAsync("run-1", new("cid"), new(true, "", new() { MaxTraffic = 0.1 }), default);
        await _approvals.WithdrawVoteAsync("run-1", new("cid"), "Wrong button.", default);
        var withdrawn = await _approvals.WithdrawAsync("run-1", new("me"), "Wrong month.", default);

        Assert.Equal((false, true, "Wrong month."), (withdrawn.Request!.Decision!.Approved, withdrawn.Request.Decision.Withdrawn, withdrawn.Request.Decision.Reason));
        Assert.Equal(["bob", "cid", "head"], withdrawn.Request.Approvers.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["approval.requested", "approval.delegated", "approval.escalated", "approval.voted", "approval.vote-withdrawn", "approval.withdrawn", "approval.rejected"],
            await _records.AuditedAsync());
    }
}
