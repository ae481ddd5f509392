using System.Diagnostics.Metrics;
using MlOps.Serving.Telemetry;

namespace MlOps.Serving.Tests.Telemetry;

public class PrometheusExportTests
{
    [Fact]
    public void Instruments_become_series_with_names_units_and_labels()
    {
        using var export = new PrometheusExport();
        using var meter = new Meter("MlOps.Test");
        using var foreign = new Meter("Elsewhere");
        var counter = meter.CreateCounter<long>("test.files", "{file}", "Files\nread.");
        counter.Add(2, new KeyValuePair<string, object?>("place", "a \"quoted\\ place"));
        counter.Add(3, new KeyValuePair<string, object?>("place", "a \"quoted\\ place"));
        var histogram = meter.CreateHistogram<double>("test.time", "s");
        foreach (var value in (double[])[0.0005, 0.03, 99]) histogram.Record(value);
        var level = 7;
        meter.CreateObservableGauge("test.level", () => level, "By");
        foreign.CreateCounter<long>("test.foreign").Add(1);

        var text = export.Write();
        Assert.Contains("# HELP test_files_total Files\\nread.\n# TYPE test_files_total counter\ntest_files_total{place=\"a \\\"quoted\\\\ place\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains("test_time_seconds_bucket{le=\"0.0005\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("test_time_seconds_bucket{le=\"0.025\"} 1\ntest_time_seconds_bucket{le=\"0.05\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("test_time_seconds_bucket{le=\"10\"} 2\ntest_time_seconds_bucket{le=\"+Inf\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("test_time_seconds_count 3\n", text, StringComparison.Ordinal);
        Assert.Contains("test_level_bytes 7\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("foreign", text, StringComparison.Ordinal);

        level = 8;
        Assert.Contains("test_level_bytes 8\n", export.Write(), StringComparison.Ordinal);
    }
}
