using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Monitoring.Alerts;

namespace MlOps.Monitoring.Tests.Alerts;

public class AlertJudgeTests
{
    private static readonly DateTimeOffset s_start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    // One window beyond the limit of 0.1 opens, one within it closes.
    [InlineData(1, 1, 1, 0, "0.05 0.2", 2)]
    [InlineData(1, 1, 1, 0, "0.2 0.05", 0)]
    [InlineData(1, 1, 1, 0, "0.2 0.2 0.3", 1)]
    // Two of three.
    [InlineData(2, 3, 1, 0, "0.2", 0)]
    [InlineData(2, 3, 1, 0, "0.2 0.05 0.2", 3)]
    [InlineData(2, 3, 1, 0, "0.2 0.05 0.05 0.2", 0)]
    // It closes after two good windows in a row, and a bad one in between starts the count anew.
    [InlineData(1, 1, 2, 0, "0.2 0.05", 1)]
    [InlineData(1, 1, 2, 0, "0.2 0.05 0.2 0.05", 1)]
    [InlineData(1, 1, 2, 0, "0.2 0.05 0.05", 0)]
    // With a margin of 20 %, 0.09 keeps the limit but does not close.
    [InlineData(1, 1, 1, 0.2, "0.2 0.09", 1)]
    [InlineData(1, 1, 1, 0.2, "0.2 0.09 0.08", 0)]
    [InlineData(1, 1, 1, 0.2, "0.09", 0)]
    // A window without a value says nothing.
    [InlineData(2, 2, 1, 0, "0.2 NaN 0.2", 3)]
    [InlineData(1, 1, 1, 0, "0.2 NaN", 1)]
    public void A_threshold_opens_and_closes_with_hysteresis(int open, int of, int close, double margin, string values, int openedBy)
    {
        var items = AlertJudge.Judge(Series(values), new AlertSpec { Open = open, Of = of, Close = close, Margin = margin });
        if (openedBy is 0) Assert.Empty(items);
        else Assert.Equal(s_start.AddDays(openedBy), Assert.Single(items).OpenedAt);
    }

    [Fact]
    public void A_lasting_jump_gives_the_alarm_whatever_the_limit_and_its_new_level_none()
    {
        var spec = new AlertSpec { Rule = AlertRule.ChangePoint };
        const string calm = "0.050 0.052 0.049 0.051 0.048 0.050 0.053 0.047 0.051 0.049";
        Assert.Empty(AlertJudge.Judge(Series(calm), spec));
        var jumped = Assert.Single(AlertJudge.Judge(Series($"{calm} 0.08"), spec));
        Assert.Equal(s_start.AddDays(11), jumped.OpenedAt);
        Assert.Null(jumped.Limit);
        Assert.Empty(AlertJudge.Judge(Series($"{calm} 0.08 0.081 0.08 0.079 0.081 0.08 0.08 0.079 0.08"), spec));
    }

    [Fact]
    public void A_slow_decline_adds_up()
    {
        // One standard deviation is 0.002; each further value lies one and a half below, which alone is nothing.
        var spec = new AlertSpec { Rule = AlertRule.ChangePoint, Close = 100 };
        var series = Series("0.700 0.702 0.698 0.701 0.699 0.702 0.698 0.700 0.6895 0.6895 0.6895 0.6895 0.6895 0.6895 0.6895 0.6895 0.6895 0.6895 0.6895");
        Assert.Single(AlertJudge.Judge(series, spec));
    }

    [Fact]
    public void Each_series_is_judged_by_itself_and_the_alert_holds_them_all()
    {
        var day = Series("0.2")[0];
        var history = new[] { day with { Points = [day.Points[0], day.Points[0] with { Subject = "b", Value = 0.3 }, day.Points[0] with { Subject = "c", Value = 0.01, Breached = false }] } };
        Assert.Equal(["distance a", "distance b"], AlertJudge.Judge(history, new AlertSpec()).Select(i => i.Series));
    }

    private static List<MonitorResult> Series(string values) => [.. values.Split(' ').Select((text, i) =>
    {
        var value = double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        return new MonitorResult
        {
            Endpoint = "shop",
            Monitor = MonitorKind.Drift,
            Window = new(s_start.AddDays(i), s_start.AddDays(i + 1)),
            ComputedAt = s_start,
            Rows = 100,
            Points = [new() { Metric = "distance", Subject = "a", Value = value, Limit = 0.1, Breached = value > 0.1, Detail = text }],
        };
    })];
}
