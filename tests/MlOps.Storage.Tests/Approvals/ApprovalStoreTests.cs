using MlOps.Storage.Approvals;

namespace MlOps.Storage.Tests.Approvals;

public sealed class ApprovalStoreTests : IDisposable
{
    private readonly Records records = new();
    private readonly ApprovalStore approvals;

    public ApprovalStoreTests() => approvals = new ApprovalStore(records.Tables, records.Audit, records.Time);

    public void Dispose() => records.Dispose();

    [Fact]
    public async Task Of_decisions_at_the_same_time_the_first_stands_and_the_others_are_told_so()
    {
        await approvals.RequestAsync(records.Request("run-1"), default);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(() => approvals.DecideAsync("run-1", n % 2 is 0, $"person-{n}", "why", default))));

        var recorded = Assert.Single(outcomes, o => o.Status is DecisionStatus.Recorded);
        Assert.All(outcomes.Where(o => o != recorded), o => Assert.Equal(DecisionStatus.AlreadyDecided, o.Status));
        Assert.Equal(recorded.Request!.Decision, (await approvals.TryGetAsync("run-1", default))!.Decision);
        var audited = await records.AuditedAsync();
        Assert.Single(audited, a => a is "approval.approved" or "approval.rejected");
        Assert.Equal(19, audited.Count(a => a is "approval.refused"));
    }

    [Fact]
    public async Task Only_an_approver_decides_whatever_the_case_of_the_name()
    {
        await approvals.RequestAsync(records.Request("run-1", "lead@example.com"), default);
        Assert.Equal(DecisionStatus.NotAnApprover, (await approvals.DecideAsync("run-1", true, "me@example.com", "", default)).Status);
        Assert.Equal(DecisionStatus.Recorded, (await approvals.DecideAsync("run-1", true, "Lead@Example.com", "", default)).Status);
    }

    [Fact]
    public async Task After_the_time_is_over_nobody_decides_but_the_policy()
    {
        await approvals.RequestAsync(records.Request("run-1", "lead@example.com"), default);
        records.Time.Now += TimeSpan.FromHours(72);
        Assert.Equal(DecisionStatus.Expired, (await approvals.DecideAsync("run-1", true, "lead@example.com", "", default)).Status);
        var closed = await approvals.CloseAsync("run-1", false, "Nobody came.", default);
        Assert.Equal((DecisionStatus.Recorded, "mlops"), (closed.Status, closed.Request!.Decision!.By));
    }

    [Fact]
    public async Task A_person_who_decided_in_the_last_moment_wins_over_the_policy()
    {
        await approvals.RequestAsync(records.Request("run-1"), default);
        await approvals.DecideAsync("run-1", true, "lead", "Just in time.", default);
        Assert.Equal(DecisionStatus.AlreadyDecided, (await approvals.CloseAsync("run-1", false, "Nobody came.", default)).Status);
        Assert.True((await approvals.TryGetAsync("run-1", default))!.Decision!.Approved);
    }

    [Fact]
    public async Task A_request_opened_again_changes_nothing_and_an_unknown_one_is_told()
    {
        await approvals.RequestAsync(records.Request("run-1"), default);
        await approvals.DecideAsync("run-1", true, "lead", "", default);
        await approvals.RequestAsync(records.Request("run-1"), default);
        Assert.NotNull((await approvals.TryGetAsync("run-1", default))!.Decision);
        Assert.Equal(DecisionStatus.Unknown, (await approvals.DecideAsync("run-2", true, "lead", "", default)).Status);
    }
}
