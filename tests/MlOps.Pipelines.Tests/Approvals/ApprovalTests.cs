using MlOps.Core.Approvals;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Approvals;
using System.Text.Json;

namespace MlOps.Pipelines.Tests.Approvals;

public sealed class ApprovalTests
{
    private static readonly DateTimeOffset s_start = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero);
    private static readonly ApprovalRequest s_request = new("run-1", new("flights", 1, "abc", "def"));
    private static readonly ApprovalSchedule s_waiting = new(s_start, s_start.AddHours(72), null, null);
    private readonly ManualTime _time = new(s_start);
    private readonly List<ApprovalClosing> _closings = [];
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _asks = new();
    private readonly TaskCompletionSource _asked = new();

    [Fact]
    public async Task What_is_decided_beforehand_waits_for_nobody()
    {
        await using var hub = await HubAsync(new ApprovalTerms(Decided: true, s_waiting));
        await hub.RunAsync(nameof(Approval), s_request);
        Assert.True(Assert.Single(_closings).Decided);
    }

    [Fact]
    public async Task A_decision_ends_the_wait()
    {
        await using var hub = await HubAsync(new ApprovalTerms(Decided: false, s_waiting));
        var id = await hub.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Approval), s_request);
        await _asked.Task.WaitAsync(TestHub.Patience);
        _time.Advance(TimeSpan.FromHours(71));
        await hub.Client.RaiseEventAsync(id, ApprovalEvents.Decided, new ApprovalDecision(true, "lead", "", s_start));
        await hub.EndOfAsync(id);
        Assert.True(Assert.Single(_closings).Decided);
    }

    [Fact]
    public async Task Without_one_the_wait_ends_with_the_time_and_not_before()
    {
        await using var hub = await HubAsync(new ApprovalTerms(Decided: false, s_waiting));
        var id = await hub.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Approval), s_request);
        await _asked.Task.WaitAsync(TestHub.Patience);
        _time.Advance(TimeSpan.FromHours(71));
        Assert.Empty(_closings);
        await hub.TurnClockUntilEndAsync(id, _time);
        Assert.False(Assert.Single(_closings).Decided);
    }

    [Fact]
    public async Task While_nobody_decides_approvers_are_reminded_and_the_request_is_escalated_and_a_reminder_that_fails_ends_nothing()
    {
        await using var hub = await HubAsync(new ApprovalTerms(Decided: false, new(s_start, s_start.AddHours(72), TimeSpan.FromHours(24), s_start.AddHours(36))));
        var id = await hub.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Approval), s_request);
        await hub.TurnClockUntilEndAsync(id, _time);
        Assert.Equal(["Remind 1", "Escalate 1", "Remind 2"], _asks.Distinct());
        Assert.False(Assert.Single(_closings).Decided);
    }

    private Task<TestHub> HubAsync(ApprovalTerms terms)
    {
        var activities = new Activities()
            .On(nameof(RequestApproval), _ =>
            {
                _asked.TrySetResult();
                return terms;
            })
            .On(nameof(RemindApprovers), input =>
            {
                _asks.Enqueue($"Remind {input.GetProperty("number").GetInt32()}");
                return input.GetProperty("number").GetInt32() is 2 ? throw new NonRetriableTaskException("no mail") : true;
            })
            .On(nameof(EscalateApproval), input =>
            {
                _asks.Enqueue($"Escalate {input.GetProperty("number").GetInt32()}");
                return true;
            })
            .On(nameof(CloseApproval), input =>
            {
                _closings.Add(input.Deserialize<ApprovalClosing>(MlOpsJson.Compact)!);
                return new ApprovalDecision(true, "lead", "", s_start);
            });
        return TestHub.StartAsync(
            registry =>
            {
                registry.AddOrchestrator<Approval>();
                activities.Register(registry);
            },
            _time);
    }
}
