using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Monitoring.Windows;

namespace MlOps.Monitoring.Measuring;

/// <summary>Latency, errors and number of requests.</summary>
internal static class ServiceMeasurement
{
    public static IReadOnlyList<MonitorPoint> Measure(ServiceMonitorSpec monitor, PredictionWindow window, CancellationToken cancellationToken)
    {
        var requests = window.Requests(cancellationToken);
        var points = new List<MonitorPoint>
        {
            Points.AtLeast("requests", "", requests.Requests, monitor.MinRequests, "The number of requests"),
            Points.AtLeast("requestsPerSecond", "", requests.Requests / window.Span.Length.TotalSeconds, null, "The number of requests a second"),
        };
        if (requests.Requests is 0) return points;
        points.Add(Points.AtMost("errorRate", "", requests.Failed / requests.Requests, monitor.MaxErrors, "The share of requests that failed"));
        points.Add(Points.AtMost("refusedRate", "", requests.Refused / requests.Requests, monitor.MaxRefused, "The share of requests that were refused as wrong"));
        if (double.IsNaN(requests.LatencyP99)) return points;
        points.Add(Points.AtMost("latencyP50", "", requests.LatencyP50, null, "The median latency in milliseconds"));
        points.Add(Points.AtMost("latencyP95", "", requests.LatencyP95, null, "The 95th percentile of the latency in milliseconds"));
        points.Add(Points.AtMost("latencyP99", "", requests.LatencyP99, monitor.MaxLatencyP99?.TotalMilliseconds, "The 99th percentile of the latency in milliseconds"));
        return points;
    }
}
