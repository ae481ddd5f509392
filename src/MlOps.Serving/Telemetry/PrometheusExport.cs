using System.Diagnostics.Metrics;
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
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();

    public PrometheusExport()
    {
        _listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal)) l.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => ((MetricFamily)family!).Add(value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => ((MetricFamily)family!).Add(value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => ((MetricFamily)family!).Add(value, tags));
        _listener.Start();
    }

    /// <summary>All metrics as they are now.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_gate)
        {
            foreach (var family in _families.Values) family.Write(text);
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private MetricFamily FamilyOf(Instrument instrument)
    {
        var kind = instrument.GetType().GetGenericTypeDefinition() is var type && type == typeof(Histogram<>) ? MetricKind.Histogram
            : type == typeof(Counter<>) ? MetricKind.Counter
            : type == typeof(ObservableCounter<>) ? MetricKind.Total
            : MetricKind.Gauge;
        lock (_gate)
        {
            var name = NameOf(instrument, kind);
            if (!_families.TryGetValue(name, out var family)) _families.Add(name, family = new(name, instrument.Description ?? "", kind, s_bounds));
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
