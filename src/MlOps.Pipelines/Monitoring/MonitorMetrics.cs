using System.Diagnostics;
using System.Diagnostics.Metrics;
using MlOps.Core.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>What monitors find, as metrics: <c>mlops.monitor.value</c>, <c>mlops.monitor.breached</c>, <c>mlops.alerts.opened</c>, <c>mlops.alerts.closed</c>.</summary>
public static class MonitorMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "MlOps.Monitoring";

    private static readonly Meter s_meter = new(MeterName);
    private static readonly Gauge<double> s_value = s_meter.CreateGauge<double>("mlops.monitor.value", description: "Newest value of a series");
    private static readonly Gauge<int> s_breached = s_meter.CreateGauge<int>("mlops.monitor.breached", description: "Series of a monitor that break their limit");
    private static readonly Counter<long> s_opened = s_meter.CreateCounter<long>("mlops.alerts.opened");
    private static readonly Counter<long> s_closed = s_meter.CreateCounter<long>("mlops.alerts.closed");

    internal static void Export(MonitorResult result)
    {
        var monitor = MonitorNames.NameOf(result.Monitor);
        s_breached.Record(result.Points.Count(p => p.Breached), new("endpoint", result.Endpoint), new("monitor", monitor));
        foreach (var point in result.Points.Where(p => double.IsFinite(p.Value)))
        {
            s_value.Record(point.Value, new TagList
            {
                { "endpoint", result.Endpoint }, { "monitor", monitor }, { "metric", point.Metric }, { "subject", point.Subject },
            });
        }
    }

    internal static void Opened(AlertRecord alert) => s_opened.Add(1, TagsOf(alert));

    internal static void Closed(AlertRecord alert) => s_closed.Add(1, TagsOf(alert));

    private static TagList TagsOf(AlertRecord alert) => new()
    {
        { "endpoint", alert.Endpoint }, { "monitor", MonitorNames.NameOf(alert.Monitor) }, { "severity", alert.Severity.ToString() },
    };
}
