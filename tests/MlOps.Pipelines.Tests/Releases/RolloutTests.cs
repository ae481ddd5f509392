using System.Collections.Concurrent;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Releases;
using MlOps.DurableTask;
using MlOps.Pipelines.Releases;

namespace MlOps.Pipelines.Tests.Releases;

/// <summary>Steps of traffic on a clock turned by hand.</summary>
public sealed class RolloutTests
{
    private const string Id = "run-1:release:rollout";
    private static readonly DateTimeOffset s_start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly ReleaseRequest s_release = new("run-1", "delays", new("flights", 3, "abc", "def"), "lead");
    private readonly ManualTime _time = new(s_start);
    private readonly ConcurrentQueue<(int Traffic, DateTimeOffset At)> _traffic = new();
    private int _looks;

    private static TrafficPlan Canary { get; } = new(
        [new("10 %", 10, 0, TimeSpan.FromMinutes(30)), new("50 %", 50, 0, TimeSpan.FromHours(1)), TrafficStep.All], true) { CheckEvery = TimeSpan.FromMinutes(1) };

    [Fact]
    public async Task Each_step_lasts_as_long_as_it_should_and_is_looked_at_all_the_time()
    {
        var outcome = await RunAsync(Canary);
        Assert.Null(outcome.End);
        Assert.Equal([(10, s_start), (50, s_start.AddMinutes(30)), (100, s_start.AddMinutes(90))], _traffic);
        Assert.Equal(90, _looks);
    }

    [Fact]
    public async Task A_condition_that_is_not_met_ends_it_with_its_words()
    {
        var outcome = await RunAsync(Canary, look: n => n is 40 ? new("errorRate is 0.2", null) : new(null, null));
        Assert.Equal(new ReleaseEnd(ReleaseStatus.RolledBack, "mlops", "errorRate is 0.2"), outcome.End);
        Assert.Equal([10, 50], _traffic.Select(t => t.Traffic));
    }

    [Fact]
    public async Task An_endpoint_that_stays_silent_is_not_trusted_and_one_that_was_for_a_moment_is()
    {
        var outcome = await RunAsync(Canary, look: n => n is 3 or 4 or > 20 ? new(null, "it does not answer") : new(null, null));
        Assert.Equal(new ReleaseEnd(ReleaseStatus.RolledBack, "mlops", "it does not answer"), outcome.End);
        Assert.Equal(26, _looks);
    }

    [Fact]
    public async Task A_version_that_answers_otherwise_than_evaluated_is_taken_back_when_it_has_all_traffic()
    {
        var outcome = await RunAsync(new([TrafficStep.All], true), verify: new EndpointCheck(false, "a golden row differs", "http://x"));
        Assert.Equal("a golden row differs", outcome.End!.Reason);
    }

    [Fact]
    public async Task A_long_step_is_looked_at_in_execution_after_execution()
    {
        var outcome = await RunAsync(new([new("100 % mirrored", 0, 100, TimeSpan.FromMinutes(130))], false) { CheckEvery = TimeSpan.FromMinutes(1) });
        Assert.Equal(ReleaseStatus.Compared, outcome.End!.Status);
        Assert.Equal(130, _looks);
    }

    [Fact]
    public async Task A_window_is_waited_for_before_traffic_is_given()
    {
        await RunAsync(Canary, window: now => now < s_start.AddHours(20) ? s_start.AddHours(20).UtcDateTime : now.UtcDateTime);
        Assert.Equal([(10, s_start.AddHours(20)), (50, s_start.AddHours(20.5)), (100, s_start.AddHours(21.5))], _traffic);
    }

    [Fact]
    public async Task A_person_takes_it_back_or_lets_it_go_on_at_once()
    {
        await using var hub = await StartAsync(_ => new(null, null), n => n.UtcDateTime, Good);
        await hub.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Rollout), new RolloutState(s_release, Canary with { Steps = [Canary.Steps[0] with { For = null }, .. Canary.Steps.Skip(1)] }, 5), new() { InstanceId = Id });
        await Eventually.HoldsAsync(() => _traffic.Count is 1);
        await hub.Client.RaiseEventAsync(Id, ReleaseEvents.Promote, new ReleaseOrder("ann", "Go on."));
        await Eventually.HoldsAsync(() => _traffic.Count is 2);
        await hub.Client.RaiseEventAsync(Id, ReleaseEvents.Abort, new ReleaseOrder("bob", "Complaints."));
        var ended = (await hub.EndOfAsync(Id)).ReadOutputAs<RolloutOutcome>()!;
        Assert.Equal(new ReleaseEnd(ReleaseStatus.Aborted, "bob", "Complaints."), ended.End);
        Assert.Equal([10, 50], _traffic.Select(t => t.Traffic));
    }

    private static EndpointCheck Good { get; } = new(true, "20 golden rows answered", "http://x");

    private async Task<RolloutOutcome> RunAsync(
        TrafficPlan plan, Func<int, TrafficVerdict>? look = null, Func<DateTimeOffset, DateTime>? window = null, EndpointCheck? verify = null)
    {
        await using var hub = await StartAsync(look ?? (_ => new(null, null)), window ?? (now => now.UtcDateTime), verify ?? Good);
        await hub.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Rollout), new RolloutState(s_release, plan, 5), new() { InstanceId = Id });
        return (await hub.TurnClockUntilEndAsync(Id, _time)).ReadOutputAs<RolloutOutcome>()!;
    }

    private Task<TestHub> StartAsync(Func<int, TrafficVerdict> look, Func<DateTimeOffset, DateTime> window, EndpointCheck verify)
    {
        var activities = new Activities()
            .On(nameof(SetTraffic), input =>
            {
                var change = input.Deserialize<TrafficChange>(MlOpsJson.Compact)!;
                _traffic.Enqueue((change.Step.Traffic, _time.GetUtcNow()));
                return new TrafficState(change.After + 1, _time.GetUtcNow().UtcDateTime);
            })
            .On(nameof(AwaitWindow), _ => window(_time.GetUtcNow()))
            .On(nameof(CheckTraffic), _ => look(Interlocked.Increment(ref _looks)))
            .On(nameof(VerifyEndpoint), verify);
        return TestHub.StartAsync(
            registry =>
            {
                registry.AddOrchestrator<Rollout>();
                activities.Register(registry);
            },
            _time);
    }
}
