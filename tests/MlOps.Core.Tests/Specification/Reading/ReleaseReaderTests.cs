using MlOps.Core.Releases;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;

namespace MlOps.Core.Tests.Specification.Reading;

public sealed class ReleaseReaderTests
{
    [Fact]
    public void Every_key_of_a_release_arrives()
    {
        var release = Read(
            """
            release:
              endpoint: delays
              strategy: shadow
              shadow: { mirror: 25%, for: 2h, then: canary }
              steps:
                - { traffic: 5%, for: 10m }
                - { traffic: 40%, for: 1h30m, while: [latencyP99 <= champion.latencyP99 * 1.5] }
              while: [errorRate <= 0.5%, reported.conversion >= champion.reported.conversion - 0.01]
              minRequests: 100
              checkEvery: 10s
              stickyBy: origin
              windows: ["MON-THU 09:00-16:00"]
              freezes: ["2026-12-20..2027-01-02"]
              timeZone: Europe/Berlin
              tests: { requests: 50, parallel: 2, latencyP99: 250ms, replay: 10, maxReplayFailures: 0.1, minAgreement: 0.9 }
              certify: { by: [qa@example.com], timeout: 24h }
            """);
        Assert.Equal(("delays", ReleaseStrategy.Shadow, 100, TimeSpan.FromSeconds(10), "origin", "Europe/Berlin"), (release.Endpoint, release.Strategy, release.MinRequests, release.CheckEvery, release.StickyBy, release.TimeZone));
        Assert.Equal(new ShadowSpec { Mirror = 25, For = TimeSpan.FromHours(2), Then = ReleaseStrategy.Canary }, release.Shadow);
        Assert.Equal([(5, TimeSpan.FromMinutes(10)), (40, TimeSpan.FromMinutes(90))], release.Steps.Select(s => (s.Traffic, s.For)));
        Assert.Equal(("latencyP99", "latencyP99", 1.5, 0), (release.Steps[1].While[0].Metric, release.Steps[1].While[0].ChampionMetric, release.Steps[1].While[0].Factor, release.Steps[1].While[0].Constant));
        Assert.Equal((0.005, GateComparison.AtMost), (release.While[0].Constant, release.While[0].Comparison));
        Assert.Equal(("reported.conversion", "reported.conversion", -0.01, 1), (release.While[1].Metric, release.While[1].ChampionMetric, release.While[1].Constant, release.While[1].Factor));
        Assert.Equal([DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday], release.Windows[0].Days);
        Assert.Equal(new FreezePeriod(new(2026, 12, 20), new(2027, 1, 2)), Assert.Single(release.Freezes));
        Assert.Equal(new ApplicationTestSpec { Requests = 50, Parallel = 2, LatencyP99 = TimeSpan.FromMilliseconds(250), Replay = 10, MaxReplayFailures = 0.1, MinAgreement = 0.9 }, release.Tests);
        Assert.Equal(("qa@example.com", TimeSpan.FromHours(24)), (Assert.Single(release.Certify!.By), release.Certify.Timeout));
    }

    [Fact]
    public void A_shadow_may_be_all_that_is_wanted() => Assert.Null(Read("release: { strategy: shadow, shadow: { then: stop } }").Shadow.Then);

    [Fact]
    public void Without_conditions_a_version_that_fails_often_is_taken_back_and_an_empty_list_asks_for_none()
    {
        Assert.Equal("errorRate <= 1%", Assert.Single(Read("release: { strategy: canary }").While).Text);
        Assert.Empty(Read("release: { while: [] }").While);
    }

    private static ReleaseSpec Read(string section) => PipelineSpecReader.Read(PipelineText.And(section), "p").Release;
}
