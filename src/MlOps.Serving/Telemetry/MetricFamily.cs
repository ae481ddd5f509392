using System.Globalization;
using System.Text;

namespace MlOps.Serving.Telemetry;

/// <summary>One metric with all its series. Thread-safe.</summary>
internal sealed class MetricFamily(string name, string help, MetricKind kind, double[] bounds)
{
    private readonly Dictionary<KeyValuePair<string, object?>[], Series> _series = new(new TagsComparer());
    private readonly Lock _gate = new();

    public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            var byTags = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
            if (!byTags.TryGetValue(tags, out var one)) byTags[tags] = one = new(LabelsOf(tags), kind is MetricKind.Histogram ? new long[bounds.Length] : []);
            one.Value = kind is MetricKind.Gauge or MetricKind.Total ? value : one.Value + value;
            one.Count++;
            for (var i = one.Buckets.Length - 1; i >= 0 && value <= bounds[i]; i--) one.Buckets[i]++;
        }
    }

    public void Write(StringBuilder text)
    {
        lock (_gate)
        {
            if (_series.Count is 0) return;
            var type = kind is MetricKind.Counter or MetricKind.Total ? "counter" : kind is MetricKind.Gauge ? "gauge" : "histogram";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)}\n# TYPE {name} {type}\n");
            foreach (var one in _series.Values.OrderBy(s => s.Labels, StringComparer.Ordinal)) Write(text, one.Labels, one);
            // A gauge's series that is not measured again is gone: a sensor, a model.
            if (kind is MetricKind.Gauge) _series.Clear();
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

    private sealed class Series(string labels, long[] buckets)
    {
        public string Labels { get; } = labels;

        public double Value { get; set; }

        public long Count { get; set; }

        /// <summary>Values up to each bound.</summary>
        public long[] Buckets { get; } = buckets;
    }

    /// <summary>Finds a series by the tags of a measurement, without a text made of them.</summary>
    private sealed class TagsComparer
        : IEqualityComparer<KeyValuePair<string, object?>[]>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => Equals(x.AsSpan(), y!);

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
        {
            if (alternate.Length != other.Length) return false;
            for (var i = 0; i < other.Length; i++)
            {
                if (alternate[i].Key != other[i].Key || !Equals(alternate[i].Value, other[i].Value)) return false;
            }

            return true;
        }

        public int GetHashCode(KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = default(HashCode);
            foreach (var (_, value) in alternate) hash.Add(value);
            return hash.ToHashCode();
        }

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();
    }
}
