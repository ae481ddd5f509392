using MlOps.Pipelines.Releases;

namespace MlOps.Pipelines.Tests.Releases;

public sealed class ReleaseTests
{
    private static readonly ReleaseRequest Request = new("run-1", "delays", new("flights", 3, "abc"), "lead");

    [Fact]
    public async Task A_version_that_answers_as_evaluated_is_promoted()
    {
        var (outcome, calls) = await RunAsync(new EndpointCheck(true, "20 golden rows answered", "http://x"));
        Assert.Equal(new ReleaseOutcome(true, ""), outcome);
        Assert.Equal([nameof(SwitchEndpoint), nameof(VerifyEndpoint), nameof(PromoteModel)], calls);
    }

    [Fact]
    public async Task A_version_that_does_not_is_taken_back_and_never_promoted()
    {
        var (outcome, calls) = await RunAsync(new EndpointCheck(false, "it answered 500", "http://x"));
        Assert.False(outcome.Passed);
        Assert.Contains("Version 3", outcome.Reason, StringComparison.Ordinal);
        Assert.Contains("it answered 500", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal([nameof(SwitchEndpoint), nameof(VerifyEndpoint), nameof(RollBackRelease)], calls);
    }

    private static async Task<(ReleaseOutcome Outcome, IReadOnlyList<string> Calls)> RunAsync(EndpointCheck check)
    {
        var activities = new Activities()
            .On(nameof(SwitchEndpoint), new EndpointSwitch(2, []))
            .On(nameof(VerifyEndpoint), check)
            .On(nameof(RollBackRelease), true)
            .On(nameof(PromoteModel), true);
        await using var hub = await TestHub.StartAsync(registry =>
        {
            registry.AddOrchestrator<Release>();
            activities.Register(registry);
        });
        return ((await hub.RunAsync(nameof(Release), Request)).ReadOutputAs<ReleaseOutcome>()!, activities.Calls);
    }
}
