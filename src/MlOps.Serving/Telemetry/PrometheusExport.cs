using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace MlOps.Serving.Telemetry;

/// <summary>
/// The process's metrics of this system as text for Prometheus to fetch: the instruments of all meters whose names begin with
/// <c>MlOps.</c>. Their number is bounded by what they measure: endpoints, variants, statuses.
/// </summary>
/// <remarks>Prometheus text format 0.0.4; names as OpenTelemetry's Prometheus compatibility has them.</remarks>
internal sealed class PrometheusExport : IDisposable
{
    /// <summary>Content type of the text.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string MeterPrefix = "MlOps.";
    private static readonly double[] s_bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private readonly SortedDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();
    private readonly Lock gate = new();

    public PrometheusExport()
    {
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal)) l.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, family) => ((MetricFamily)family!).Add(value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, family) => ((MetricFamily)family!).Add(value, tags));
        listener.SetMeasurementEventCallback<int>((_, value, tags, family) => ((MetricFamily)family!).Add(value, tags));
        listener.Start();
    }

    /// <summary>All metrics as they are now.</summary>
    public string Write()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (gate)
        {
            foreach (var family in families.Values) family.Write(text);
        }

        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private MetricFamily FamilyOf(Instrument instrument)
    {
        var kind = instrument.GetType().GetGenericTypeDefinition() is var type && type == typeof(Histogram<>) ? MetricKind.Histogram
            : type == typeof(Counter<>) ? MetricKind.Counter
            : type == typeof(ObservableCounter<>) ? MetricKind.Total
            : MetricKind.Gauge;
        lock (gate)
        {
            var name = NameOf(instrument, kind);
            if (!families.TryGetValue(name, out var family)) families.Add(name, family = new(name, instrument.Description ?? "", kind, s_bounds));
            return family;
        }
    }

    private static string NameOf(Instrument instrument, MetricKind kind)
    {
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "Cel" => "_celsius",
            "1" => "_ratio",
            _ => "",
        };
        var name = string.Concat(instrument.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_')) + unit;
        return kind is MetricKind.Counter or MetricKind.Total ? name + "_total" : name;
    }
}

/// <summary>How a metric's values add up.</summary>
internal enum MetricKind
{
    /// <summary>Additions.</summary>
    Counter,

    /// <summary>A sum as it stands.</summary>
    Total,

    /// <summary>A value as it stands.</summary>
    Gauge,

    /// <summary>A distribution.</summary>
    Histogram,
}

/// <summary>One metric with all its series. Thread-safe.</summary>
internal sealed class MetricFamily(string name, string help, MetricKind kind, double[] bounds)
{
    private readonly Dictionary<string, Series> series = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelsOf(tags);
        lock (gate)
        {
            if (!series.TryGetValue(labels, out var one)) series.Add(labels, one = new(kind is MetricKind.Histogram ? new long[bounds.Length] : []));
            one.Value = kind is MetricKind.Gauge or MetricKind.Total ? value : one.Value + value;
            one.Count++;
            for (var i = one.Buckets.Length - 1; i >= 0 && value <= bounds[i]; i--) one.Buckets[i]++;
        }
    }

    public void Write(StringBuilder text)
    {
        lock (gate)
        {
            if (series.Count is 0) return;
            var type = kind is MetricKind.Counter or MetricKind.Total ? "counter" : kind is MetricKind.Gauge ? "gauge" : "histogram";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)}\n# TYPE {name} {type}\n");
            foreach (var (labels, one) in series.OrderBy(s => s.Key, StringComparer.Ordinal)) Write(text, labels, one);
            // A gauge's series that is not measured again is gone: a sensor, a model.
            if (kind is MetricKind.Gauge) series.Clear();
        }
    }

    private void Write(StringBuilder text, string labels, Series one)
    {
        var braces = labels.Length > 0 ? $"{{{labels}}}" : "";
        if (kind is not MetricKind.Histogram)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}{braces} {one.Value:R}\n");
            return;
        }

        var more = labels.Length > 0 ? labels + "," : "";
        for (var i = 0; i < bounds.Length; i++) text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{more}le=\"{bounds[i]:R}\"}} {one.Buckets[i]}\n");
        text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{more}le=\"+Inf\"}} {one.Count}\n{name}_sum{braces} {one.Value:R}\n{name}_count{braces} {one.Count}\n");
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            foreach (var c in key) text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
            var shown = value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            text.Append("=\"").Append(shown.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)).Append('"');
        }

        return text.ToString();
    }

    private sealed class Series(long[] buckets)
    {
        public double Value { get; set; }

        public long Count { get; set; }

        /// <summary>Values up to each bound.</summary>
        public long[] Buckets { get; } = buckets;
    }
}
