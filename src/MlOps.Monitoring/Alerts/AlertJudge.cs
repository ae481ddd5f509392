using MlOps.Core.Monitoring;
using MlOps.Core.Specification;

namespace MlOps.Monitoring.Alerts;

/// <summary>
/// Decides from a monitor's time series what is wrong at its end. A pure function of the series: whoever asks again, in whatever order the
/// windows were measured, gets the same answer.
/// </summary>
public static class AlertJudge
{
    /// <summary>Windows that are looked back upon.</summary>
    public const int Lookback = 200;

    /// <summary>What is wrong after the last window: each series that is, from the window in which it began.</summary>
    /// <param name="history">Results of one monitor, in the order of time.</param>
    /// <param name="spec">When something is wrong.</param>
    public static IReadOnlyList<AlertItem> Judge(IReadOnlyList<MonitorResult> history, AlertSpec spec) =>
    [
        .. history
            .SelectMany(r => r.Points.Select(p => (r.Window.To, Point: p)))
            .GroupBy(p => p.Point.Series, StringComparer.Ordinal)
            .Select(series => Follow([.. series], spec))
            .OfType<AlertItem>()
            .OrderBy(i => i.Series, StringComparer.Ordinal),
    ];

    /// <summary>A window without a value says neither that it is well nor that it is not.</summary>
    private static AlertItem? Follow(IReadOnlyList<(DateTimeOffset At, MonitorPoint Point)> series, AlertSpec spec)
    {
        var cusum = new Cusum();
        var breaks = new Queue<bool>();
        var (openedAt, well) = ((DateTimeOffset?)null, 0);
        foreach (var (at, point) in series)
        {
            if (double.IsNaN(point.Value)) continue;
            var broken = spec.Rule is AlertRule.ChangePoint ? cusum.Add(point.Value) : point.Breached;
            var clear = spec.Rule is AlertRule.ChangePoint ? !broken : point.IsClear(spec.Margin);
            breaks.Enqueue(broken);
            if (breaks.Count > spec.Of) breaks.Dequeue();
            if (openedAt is null)
            {
                if (breaks.Count(b => b) >= spec.Open) (openedAt, well) = (at, 0);
                continue;
            }
            well = clear ? well + 1 : 0;
            if (well < spec.Close) continue;
            openedAt = null;
            breaks.Clear();
        }
        if (openedAt is not { } since) return null;
        var last = series[^1].Point;
        return new AlertItem(last.Series, last.Value, spec.Rule is AlertRule.ChangePoint ? null : last.Limit, last.Detail, since);
    }
}
