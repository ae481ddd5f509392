using MlOps.Core.Approvals;
using MlOps.Core.Monitoring;
using MlOps.Core.Notifications;
using MlOps.Core.Releases;
using MlOps.Core.Retraining;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Storage.Approvals;
using MlOps.Storage.Audit;
using MlOps.Storage.Local;
using MlOps.Storage.Monitoring;
using MlOps.Storage.Notifications;
using MlOps.Storage.Releases;
using MlOps.Storage.Retraining;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Tests.Audit;

/// <summary>
/// What steps do is in the audit log once, at whatever write their process dies: a step that was not finished runs again, as the engine
/// has it do, and one that was finished may run again as well.
/// </summary>
public abstract class AuditedActsContract
{
    private static readonly ManualTime s_time = new();

    /// <summary>Every how manyth write is died at.</summary>
    protected virtual int Stride => 1;

    /// <summary>Empty tables.</summary>
    protected abstract Task<ITableStore> TablesAsync();

    [Fact]
    public Task An_alert_is_opened_and_closed() => OnceAsync(
        ["alert.opened", "alert.closed"],
        (tables, audit) => new AlertStore(tables, audit, s_time),
        alerts => alerts.OpenAsync(Alert, default),
        alerts => alerts.FollowAsync(Alert.Id, s_time.Now, a => a with { ClosedAt = s_time.Now, Items = [] }, default));

    [Fact]
    public Task An_alert_is_taken_up() => OnceAsync(
        ["alert.opened", "alert.acknowledged"],
        (tables, audit) => new AlertStore(tables, audit, s_time),
        alerts => alerts.OpenAsync(Alert, default),
        alerts => alerts.AcknowledgeAsync(Alert.Id, "lead", "Looking.", default));

    [Fact]
    public Task A_silence_is_set() => OnceAsync(
        ["alerts.silenced"],
        (tables, audit) => new SilenceStore(tables, audit),
        silences => silences.AddAsync(new() { Id = "s1", Endpoint = "shop", Monitor = MonitorKind.Drift, Until = s_time.Now.AddDays(1), Set = new("lead", s_time.Now, "A campaign.") }, default));

    [Fact]
    public Task A_message_is_given_up() => OnceAsync(
        ["notification.failed"],
        (tables, audit) => new NotificationStore(tables, audit),
        messages => messages.AddAsync(Message, [new OutboxChannel { Name = "mail" }], default),
        messages => messages.FailAsync(Message.Id, "mail", default));

    [Fact]
    public Task A_wish_to_train_again_becomes_a_run() => OnceAsync(
        ["retraining.requested", "retraining.starting", "retraining.started"],
        (tables, audit) => new RetrainingStore(tables, audit),
        wishes => wishes.AddAsync(Wish, default),
        wishes => wishes.SaveAsync(Wish with { Status = RetrainingStatus.Starting, RunId = "shop-1" }, default),
        wishes => wishes.SaveAsync(Wish with { Status = RetrainingStatus.Started, RunId = "shop-1" }, default));

    [Fact]
    public Task A_release_moves_on() => OnceAsync(
        ["release.requested", "release.testing", "release.progressing", "release.testing", "release.released"],
        (tables, audit) => new ReleaseStore(tables, audit, s_time),
        releases => releases.OpenAsync(ARelease, default),
        releases => Note(releases, ReleaseStatus.Testing, "staged"),
        releases => Note(releases, ReleaseStatus.Progressing, "10 %"),
        releases => Note(releases, ReleaseStatus.Testing, "staged again"),
        releases => Note(releases, ReleaseStatus.Released, "100 %"));

    [Fact]
    public Task A_request_is_escalated_and_closed_by_the_policy() => OnceAsync(
        ["approval.requested", "approval.escalated", "approval.closed", "approval.rejected"],
        (tables, audit) => new ApprovalStore(tables, audit, s_time),
        approvals => approvals.RequestAsync(Approval, default),
        approvals => approvals.EscalateAsync(Approval.Id, default),
        approvals => approvals.CloseAsync(Approval.Id, false, "mlops", "Nobody came.", default));

    [Fact]
    public Task The_policy_comes_too_late() => OnceAsync(
        ["approval.requested", "approval.voted", "approval.approved", "approval.refused"],
        (tables, audit) => new ApprovalStore(tables, audit, s_time),
        approvals => approvals.RequestAsync(Approval, default),
        approvals => VoteAsync(approvals, "ann"),
        approvals => approvals.CloseAsync(Approval.Id, false, "mlops", "Nobody came.", default));

    [Fact]
    public Task Votes_whose_answer_was_lost_are_told_by_what_comes_after_them() => OnceAsync(
        ["approval.requested", "approval.voted", "approval.voted", "approval.approved"],
        (tables, audit) => new ApprovalStore(tables, audit, s_time),
        approvals => approvals.RequestAsync(Approval with { Quorum = QuorumRule.Number, Required = 2 }, default),
        approvals => VoteAsync(approvals, "ann"),
        approvals => VoteAsync(approvals, "bob"),
        approvals => approvals.TellAsync(Approval.Id, default));

    private static AlertRecord Alert => new()
    {
        Id = AlertStore.IdOf("shop", MonitorKind.Drift, s_time.Now),
        Endpoint = "shop",
        Pipeline = "shop",
        Monitor = MonitorKind.Drift,
        Severity = AlertSeverity.Warning,
        Items = [new("size", 1, 0.1, "It drifts.", s_time.Now)],
        OpenedAt = s_time.Now,
        LastWindow = s_time.Now,
        RecordedAt = s_time.Now,
    };

    private static Notification Message => new()
    {
        Id = "m1", Event = "alert.raised", Subject = "endpoints/shop", Pipeline = "shop", Severity = NotificationSeverity.Warning, Title = "t", Text = "x", At = s_time.Now,
    };

    private static RetrainingRequest Wish => new() { Id = "w1", Pipeline = "shop", Trigger = RunTrigger.Manual, By = "lead", Reason = "New season.", At = s_time.Now };

    private static ReleaseRecord ARelease => new()
    {
        Id = "shop-1", Endpoint = "shop", Model = new("shop", 1, new string('a', 64), new string('b', 64)), Strategy = ReleaseStrategy.Canary, ApprovedBy = "lead", InstanceId = "shop-1:release", RequestedAt = s_time.Now, Status = ReleaseStatus.Waiting,
    };

    private static ApprovalRecord Approval => new()
    {
        Id = "shop-1", Model = new("shop", 1, new string('a', 64), new string('b', 64)), InstanceId = "shop-1:approval", Approvers = ["ann", "bob"], ApproversNamed = true, RequestedAt = s_time.Now, ExpiresAt = s_time.Now.AddHours(72),
        EscalateTo = ["head"],
    };

    private static Task<ReleaseRecord?> Note(ReleaseStore releases, ReleaseStatus status, string message) =>
        releases.NoteAsync(ARelease.Id, "mlops", r => r with { Status = status, Message = message }, default);

    /// <summary>As a person does who got no answer: looks first whether the vote is there.</summary>
    private static async Task VoteAsync(ApprovalStore approvals, string by)
    {
        if ((await approvals.TryGetAsync(Approval.Id, default))!.Votes.All(v => v.By != by)) await approvals.VoteAsync(Approval.Id, new(by), new(true, ""), default);
    }

    /// <summary>Runs steps with a death at every write in turn, before it and after it, each step again until it comes through and once more.</summary>
    private async Task OnceAsync<TStore>(string[] expected, Func<ITableStore, AuditLog, TStore> open, params Func<TStore, Task>[] steps)
    {
        for (var (write, died) = (0, true); died; write += Stride)
        {
            foreach (var afterwards in new[] { false, true })
            {
                var (left, fault) = (write, afterwards ? BlobFault.After : BlobFault.Before);
                var tables = new FaultyTableStore(await TablesAsync()) { NextWrite = () => left-- is 0 ? fault : BlobFault.None };
                foreach (var step in steps)
                {
                    // What died is opened anew: nothing is left in memory.
                    for (var runs = 0; runs < 2;) runs += await TryAsync(() => step(open(tables, new AuditLog(tables, s_time)))) ? 1 : 0;
                }

                var log = new AuditLog(tables, s_time);
                var told = (await log.ListAsync(new AuditQuery(), default)).Entries.Reverse().Select(e => e.Event.Action);
                Assert.True(expected.SequenceEqual(told), $"death at write {write}, {(afterwards ? "after" : "before")} it: {string.Join(", ", told)}");
                Assert.True((await log.VerifyAsync(null, default)).IsIntact);
                died = left < 0;
            }
        }
    }

    private static async Task<bool> TryAsync(Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}

public sealed class LocalAuditedActsTests : AuditedActsContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<LocalTableStore> _opened = [];

    protected override Task<ITableStore> TablesAsync()
    {
        _opened.Add(new(_folder[$"{_opened.Count}.db"]));
        return Task.FromResult<ITableStore>(_opened[^1]);
    }

    public void Dispose()
    {
        _opened.ForEach(t => t.Dispose());
        _folder.Dispose();
    }
}

public sealed class AzureAuditedActsTests : AuditedActsContract, IAsyncDisposable
{
    private readonly List<Azure.AzureAccount> _accounts = [];

    // The store differs, the acts do not: some of the deaths are enough there.
    protected override int Stride => 4;

    protected override async Task<ITableStore> TablesAsync()
    {
        _accounts.Add(await Azure.AzureAccount.CreateAsync());
        return _accounts[^1].Tables;
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        foreach (var account in _accounts) await account.DisposeAsync();
    }
}
