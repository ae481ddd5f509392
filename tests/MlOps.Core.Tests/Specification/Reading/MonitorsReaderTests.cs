using MlOps.Core.Drift;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;

namespace MlOps.Core.Tests.Specification.Reading;

public class MonitorsReaderTests
{
    [Fact]
    public void Without_the_section_everything_is_logged_and_nothing_watches()
    {
        var monitors = PipelineSpecReader.Read(PipelineText.Small, "p.yaml").Monitors;
        Assert.Equal(1, monitors.Log.Sample);
        Assert.Empty(monitors.Log.Hide);
        Assert.Empty(monitors.Monitors);
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var monitors = Read(
            """
            monitors:
              schedule: "0 0 6 * * *"
              window: 12h
              segments: [origin]
              log: { sample: 0.5, time: date, keep: 90d, hide: { hash: [origin], drop: [delay] } }
              labels: { key: [date, origin], patience: 7d }
              drift: { method: psi, max: 0.25, alert: { severity: critical, open: 2, of: 3, close: 2, margin: 0.1 } }
              performance: { expect: [auc >= 0.6, auc >= champion.auc - 0.05], certain: false, window: 7d, minRows: 50 }
              staleness: { maxModelAge: 30d }
            """);
        Assert.Equal(TimeSpan.FromHours(12), monitors.Window);
        Assert.Equal(["origin"], monitors.Segments);
        Assert.Equal((0.5, "date", TimeSpan.FromDays(90)), (monitors.Log.Sample, monitors.Log.Time, monitors.Log.Keep));
        Assert.Equal(HidingMethod.Hash, monitors.Log.Hide["origin"]);
        Assert.Equal(HidingMethod.Drop, monitors.Log.Hide["delay"]);
        Assert.Equal((TimeSpan.FromDays(7), 2), (monitors.Labels.Patience, monitors.Labels.Key.Count));
        Assert.Equal([MonitorKind.Drift, MonitorKind.Performance, MonitorKind.Staleness], monitors.Monitors.Select(m => m.Kind));
        var drift = Assert.IsType<DriftMonitorSpec>(monitors.Monitors[0]);
        Assert.Equal((DriftMethod.PopulationStability, 0.25), (drift.Method, drift.Max));
        Assert.Equal(new AlertSpec { Severity = AlertSeverity.Critical, Open = 2, Of = 3, Close = 2, Margin = 0.1 }, drift.Alert);
        var performance = Assert.IsType<PerformanceMonitorSpec>(monitors.Monitors[1]);
        Assert.Equal(["auc", null], performance.Expect.Select(e => e.ChampionMetric).Reverse());
        Assert.Equal((false, TimeSpan.FromDays(7), 50L), (performance.Certain, performance.Window, performance.MinRows));
    }

    [Theory]
    [InlineData("monitors: { drift: { max: -1 } }", "'monitors.drift.max'")]
    [InlineData("monitors: { dirft: {} }", "'dirft' is not a key of 'monitors'. Did you mean 'drift'?")]
    [InlineData("monitors: { segments: [orgin] }", "'orgin' in 'monitors.segments' is no declared column. Did you mean 'origin'?")]
    [InlineData("monitors: { fairness: {} }", "'monitors.fairness' lacks the key 'groups'")]
    [InlineData("monitors: { log: { sample: 2 } }", "'monitors.log.sample'")]
    [InlineData("monitors: { log: { time: origin } }", "column 'origin' in 'monitors.log.time' is no time.")]
    [InlineData("monitors: { log: { time: date, hide: { drop: [date] } } }", "is hidden by 'monitors.log.hide'")]
    [InlineData("monitors: { log: { hide: { drop: [delay], hash: [delay] } } }", "column 'delay' is in 'monitors.log.hide.hash' and in 'monitors.log.hide.drop'")]
    [InlineData("monitors: { log: { hide: { drop: [origin] } }, labels: { key: [origin] } }", "is dropped by 'monitors.log.hide'")]
    [InlineData("monitors: { performance: { expect: [rmse <= 3] } }", "rmse in 'monitors.performance.expect' does not fit a binary label")]
    [InlineData("monitors: { performance: { expect: [latencyP99 <= 2ms] } }", "Monitor service watches over it")]
    [InlineData("monitors: { performance: { expect: [auc >= champion.auc with 95% confidence] } }", "which is for gates")]
    [InlineData("monitors: { drift: { alert: { open: 3, of: 2 } } }", "'monitors.drift.alert.of' is 2, less than 'open' with 3")]
    [InlineData("monitors: { schedule: \"* * * * *\" }", "Put the seconds in front")]
    public void A_problem_is_told_with_its_remedy(string section, string expected)
    {
        var error = Assert.Throws<PipelineSpecException>(() => Read(section));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static MonitorsSpec Read(string section) => PipelineSpecReader.Read(PipelineText.And(section), "p.yaml").Monitors;
}
