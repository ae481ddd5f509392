using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Releases;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Releases;

public sealed class TrafficPlanTests
{
    private static readonly ReleaseSpec s_canary = new() { Endpoint = "e", Strategy = ReleaseStrategy.Canary };

    [Fact]
    public void A_canary_takes_its_steps_and_then_all() =>
        Assert.Equal(["10 %", "50 %", "100 %"], StepsOf(TrafficPlan.Of(s_canary, hasChampion: true)));

    [Fact]
    public void Blue_green_watches_all_traffic_for_as_long_as_the_old_version_is_kept()
    {
        var plan = TrafficPlan.Of(new() { Endpoint = "e", Strategy = ReleaseStrategy.BlueGreen, Keep = TimeSpan.FromHours(2) }, hasChampion: true);
        Assert.Equal((100, TimeSpan.FromHours(2)), (Assert.Single(plan.Steps).Traffic, plan.Steps[0].For));
    }

    [Fact]
    public void A_shadow_is_followed_by_another_strategy_or_by_nothing()
    {
        var shadow = new ReleaseSpec { Endpoint = "e", Strategy = ReleaseStrategy.Shadow, Shadow = new() { Mirror = 20, Then = ReleaseStrategy.Canary } };
        Assert.Equal(["20 % mirrored", "10 %", "50 %", "100 %"], StepsOf(TrafficPlan.Of(shadow, hasChampion: true)));
        var alone = TrafficPlan.Of(shadow with { Shadow = new() { Then = null } }, hasChampion: true);
        Assert.Equal(["100 % mirrored"], StepsOf(alone));
        Assert.False(alone.TakesOver);
    }

    [Fact]
    public void The_first_version_takes_all_at_once_for_nobody_shares() =>
        Assert.Equal(["100 %"], StepsOf(TrafficPlan.Of(s_canary, hasChampion: false)));

    [Fact]
    public void An_approval_of_a_part_stops_there_until_a_person_goes_on()
    {
        Assert.Equal(["10 %", "10 %, as approved", "50 %", "100 %"], StepsOf(TrafficPlan.Of(s_canary, hasChampion: true, maxTraffic: 10)));
        Assert.Equal(["5 %, as approved", "100 %"], StepsOf(TrafficPlan.Of(new() { Endpoint = "e" }, hasChampion: true, maxTraffic: 5)));
    }

    [Fact]
    public void Traffic_never_falls_never_passes_an_approval_unasked_and_ends_with_all()
    {
        var cases = from strategy in Gen.Elements(Enum.GetValues<ReleaseStrategy>())
                    from then in Gen.Elements(ReleaseStrategy.AllAtOnce, ReleaseStrategy.Canary, ReleaseStrategy.BlueGreen)
                    from shares in Gen.ListOf(Gen.Choose(1, 99))
                    from max in Gen.Choose(0, 100)
                    select (Spec: new ReleaseSpec
                    {
                        Endpoint = "e",
                        Strategy = strategy,
                        Shadow = new() { Then = then },
                        Steps = [.. shares.Append(50).Distinct().Order().Select(s => new CanaryStep(s, TimeSpan.FromMinutes(1), []))],
                    }, max);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var plan = TrafficPlan.Of(c.Spec, hasChampion: true, c.max);
            var traffic = plan.Steps.Select(s => s.Traffic).ToList();
            var unasked = plan.Steps.TakeWhile(s => s.For is not null).Select(s => s.Traffic);
            return traffic.SequenceEqual(traffic.Order()) && traffic[^1] is 100 && (c.max is 100 || unasked.All(t => t <= c.max))
                && plan.Steps.Count(s => s.For is null) == (c.max is 100 ? 0 : 1);
        }).QuickCheckThrowOnFailure();
    }

    private static IEnumerable<string> StepsOf(TrafficPlan plan) => plan.Steps.Select(s => s.Name);
}
