using System.Globalization;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Monitoring.Measuring;

namespace MlOps.Monitoring.Tests.Measuring;

public sealed class ChanceDrawsTests
{
    private static readonly IReadOnlyDictionary<string, double> s_distances = new Dictionary<string, double> { ["age"] = 0.2 };

    [Fact]
    public void A_sample_is_drawn_once_also_over_a_restart_and_another_one_anew()
    {
        var draws = new ChanceDraws();
        Assert.False(draws.HasNew);
        Assert.Same(s_distances, draws.Get("inputs 150", () => s_distances));
        Assert.True(draws.HasNew);

        var later = new ChanceDraws(draws.All);
        Assert.Equal(s_distances, later.Get("inputs 150", () => throw new InvalidOperationException("It was drawn before.")));
        Assert.False(later.HasNew);
        Assert.Equal(0.7, later.Get("inputs 160", () => new Dictionary<string, double> { ["age"] = 0.7 })["age"]);
        Assert.Equal(2, later.All.Count);
    }

    [Fact]
    public void Of_more_than_are_kept_the_oldest_go()
    {
        var draws = new ChanceDraws();
        for (var i = 0; i <= ChanceDraws.Most; i++) draws.Get(i.ToString(CultureInfo.InvariantCulture), () => s_distances);
        Assert.Equal(ChanceDraws.Most, draws.All.Count);
        draws.Get("1", () => throw new InvalidOperationException("It was drawn before."));
        var drawn = false;
        draws.Get("0", () =>
        {
            drawn = true;
            return s_distances;
        });
        Assert.True(drawn);
    }

    [Fact]
    public void Windows_of_about_as_many_rows_share_a_draw_and_are_judged_by_it_as_by_their_own()
    {
        using var host = new MeasuringHost();
        host.TrainOn("SELECT (18 + (i * 37) % 60)::BIGINT AS age, 'city' || (i * 7919) % 300 AS city FROM range(20000) t(i)");
        for (var i = 0; i < 150; i++) host.Answer(0.5, age: 18 + (i * 7 % 60), city: $"city{i * 31 % 300}");
        var first = host.Measure(new DriftMonitorSpec());
        Assert.Single(host.Chance.All);
        Assert.True(ReferenceOf(first) > 0.3, $"{ReferenceOf(first)}");

        for (var i = 0; i < 9; i++) host.Answer(0.5, age: 30, city: "city1");
        Assert.Equal(ReferenceOf(first), ReferenceOf(host.Measure(new DriftMonitorSpec())));
        Assert.Single(host.Chance.All);

        host.Chance = new();
        Assert.Equal(ReferenceOf(first), ReferenceOf(host.Measure(new DriftMonitorSpec())));
        host.Answer(0.5);
        host.Measure(new DriftMonitorSpec());
        host.Measure(new DriftMonitorSpec { Method = Core.Drift.DriftMethod.PopulationStability });
        Assert.Equal(3, host.Chance.All.Count);

        static double ReferenceOf(MonitorResult result) => result.Points.Single(p => p.Subject == "city").Reference!.Value;
    }
}
