using MlOps.Core.Releases;
using MlOps.DurableTask;
using MlOps.Pipelines.Releases;
using MlOps.Pipelines.Staging;

namespace MlOps.Pipelines.Tests.Releases;

/// <summary>The ways that a release can take, and what it leaves behind on each.</summary>
public sealed class ReleaseTests
{
    private const string Id = "run-1:release";
    private static readonly ReleaseRequest s_request = new("run-1", "delays", new("flights", 3, "abc", "def"), "lead");

    [Fact]
    public async Task A_version_is_staged_tested_given_traffic_and_promoted()
    {
        var activities = Everything();
        Assert.Equal(new ReleaseOutcome(true, ""), await RunAsync(activities));
        Assert.Equal(
            [
                nameof(OpenRelease), nameof(HoldEndpoint), nameof(SetTraffic), nameof(TestCandidate), nameof(RequestCertificate), nameof(PlanTraffic),
                nameof(CompleteRelease), nameof(PromoteModel), nameof(CloseRelease),
            ],
            activities.Calls);
    }

    [Fact]
    public async Task A_version_that_fails_its_tests_gets_no_traffic()
    {
        var activities = Everything().On(nameof(TestCandidate), new StagingVerdict(false, "load: p99 is 3 s", ""));
        var outcome = await RunAsync(activities, rollout: _ => throw new InvalidOperationException("It got traffic."));
        Assert.Equal(new ReleaseOutcome(false, "The staged version did not pass its tests: load: p99 is 3 s") { IsRefused = true }, outcome);
        Assert.Equal([nameof(TestCandidate), nameof(TakeBackRelease), nameof(CloseRelease)], activities.Calls.TakeLast(3));
    }

    [Fact]
    public async Task A_version_that_breaks_a_condition_is_taken_back_and_never_promoted()
    {
        var activities = Everything();
        var outcome = await RunAsync(activities, rollout: _ => new(9, new(ReleaseStatus.RolledBack, "mlops", "errorRate is 0.3")));
        Assert.Equal(new ReleaseOutcome(false, "errorRate is 0.3"), outcome);
        Assert.Equal([nameof(PlanTraffic), nameof(TakeBackRelease), nameof(CloseRelease)], activities.Calls.TakeLast(3));
    }

    [Theory]
    [InlineData(nameof(SetTraffic))]
    [InlineData(nameof(PlanTraffic))]
    [InlineData(nameof(CompleteRelease))]
    public async Task A_step_that_cannot_be_done_takes_the_version_back_with_the_step_s_own_words(string step)
    {
        var activities = Everything().On(step, _ => throw new NonRetriableTaskException("The history was deleted."));
        Assert.Equal(new ReleaseOutcome(false, "The history was deleted."), await RunAsync(activities));
        Assert.Equal([step, nameof(TakeBackRelease), nameof(CloseRelease)], activities.Calls.TakeLast(3));
        Assert.DoesNotContain(nameof(PromoteModel), activities.Calls);
    }

    [Fact]
    public async Task A_release_waits_for_its_turn_and_is_told_when_it_comes()
    {
        var asked = 0;
        var activities = Everything().On(nameof(HoldEndpoint), _ => asked++ is 0 ? new EndpointTurn(false, 0, false) : new EndpointTurn(true, 7, true));
        await using var hub = await StartAsync(activities);
        await hub.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Release), s_request, new() { InstanceId = Id });
        await Eventually.HoldsAsync(() => asked is 1);
        await hub.Client.RaiseEventAsync(Id, ReleaseEvents.Turn);
        Assert.True((await hub.EndOfAsync(Id)).ReadOutputAs<ReleaseOutcome>()!.Passed);
    }

    [Fact]
    public async Task A_person_takes_a_waiting_release_back_before_anything_has_happened()
    {
        var activities = Everything().On(nameof(HoldEndpoint), new EndpointTurn(false, 0, false));
        await using var hub = await StartAsync(activities);
        await hub.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Release), s_request, new() { InstanceId = Id });
        await hub.Client.RaiseEventAsync(Id, ReleaseEvents.Abort, new ReleaseOrder("ann", "Not now."));
        Assert.Equal(new ReleaseOutcome(false, "Not now."), (await hub.EndOfAsync(Id)).ReadOutputAs<ReleaseOutcome>());
        Assert.DoesNotContain(nameof(SetTraffic), activities.Calls);
    }

    [Fact]
    public async Task An_order_reaches_the_rollout_that_is_under_way()
    {
        var activities = Everything();
        var began = false;
        await using var hub = await TestHub.StartAsync(registry =>
        {
            registry.AddOrchestrator<Release>();
            registry.AddOrchestratorFunc<RolloutState, RolloutOutcome>(nameof(Rollout), async (context, _) =>
            {
                began = true;
                var promoted = await context.WaitForExternalEvent<ReleaseOrder>(ReleaseEvents.Promote);
                var aborted = await context.WaitForExternalEvent<ReleaseOrder>(ReleaseEvents.Abort);
                return new(9, new(ReleaseStatus.Aborted, aborted.By, $"{promoted.Reason} {aborted.Reason}"));
            });
            activities.Register(registry);
        });
        await hub.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Release), s_request, new() { InstanceId = Id });
        await Eventually.HoldsAsync(() => began);
        await hub.Client.RaiseEventAsync(Id, ReleaseEvents.Promote, new ReleaseOrder("ann", "Faster."));
        await hub.Client.RaiseEventAsync(Id, ReleaseEvents.Abort, new ReleaseOrder("bob", "No, back."));
        Assert.Equal(new ReleaseOutcome(false, "Faster. No, back."), (await hub.EndOfAsync(Id)).ReadOutputAs<ReleaseOutcome>());
        Assert.Contains(nameof(TakeBackRelease), activities.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_person_certifies_the_tested_version_or_does_not(bool given)
    {
        var activities = Everything()
            .On(nameof(RequestCertificate), new CertificateTerms(true, false, DateTime.UtcNow.AddDays(1)))
            .On(nameof(ReadCertificate), new Certificate(given, "qa", "Tried by hand."));
        await using var hub = await StartAsync(activities);
        await hub.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Release), s_request, new() { InstanceId = Id });
        await Eventually.HoldsAsync(() => activities.Calls.Contains(nameof(RequestCertificate)));
        Assert.DoesNotContain(nameof(ReadCertificate), activities.Calls);
        await hub.Client.RaiseEventAsync(Id, Core.Approvals.ApprovalEvents.Decided);
        var outcome = (await hub.EndOfAsync(Id)).ReadOutputAs<ReleaseOutcome>()!;
        Assert.Equal((given, given ? "" : "qa did not certify it: Tried by hand."), (outcome.Passed, outcome.Reason));
    }

    [Fact]
    public async Task Nobody_s_certificate_in_time_is_none()
    {
        var activities = Everything()
            .On(nameof(RequestCertificate), new CertificateTerms(true, false, DateTime.UtcNow.AddMilliseconds(-1)))
            .On(nameof(ReadCertificate), new Certificate(false, "mlops", "Nobody certified the version in time."));
        Assert.Equal("mlops did not certify it: Nobody certified the version in time.", (await RunAsync(activities)).Reason);
    }

    private static Activities Everything() => new Activities()
        .On(nameof(OpenRelease), true)
        .On(nameof(HoldEndpoint), new EndpointTurn(true, 7, true))
        .On(nameof(SetTraffic), new TrafficState(8, default))
        .On(nameof(TestCandidate), new StagingVerdict(true, "", "4 passed"))
        .On(nameof(RequestCertificate), new CertificateTerms(false, false, default))
        .On(nameof(PlanTraffic), new TrafficPlan([TrafficStep.All], true))
        .On(nameof(CompleteRelease), 10)
        .On(nameof(PromoteModel), true)
        .On(nameof(TakeBackRelease), true)
        .On(nameof(CloseRelease), (object?)null);

    private static Task<TestHub> StartAsync(Activities activities, Func<RolloutState, RolloutOutcome>? rollout = null) => TestHub.StartAsync(registry =>
    {
        registry.AddOrchestrator<Release>();
        registry.AddOrchestratorFunc<RolloutState, RolloutOutcome>(nameof(Rollout), (_, input) => Task.FromResult(rollout?.Invoke(input) ?? new RolloutOutcome(input.Revision + 1, null)));
        activities.Register(registry);
    });

    private static async Task<ReleaseOutcome> RunAsync(Activities activities, Func<RolloutState, RolloutOutcome>? rollout = null)
    {
        await using var hub = await StartAsync(activities, rollout);
        return (await hub.RunAsync(nameof(Release), s_request, Id)).ReadOutputAs<ReleaseOutcome>()!;
    }
}
