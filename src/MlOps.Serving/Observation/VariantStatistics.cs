using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Serving.Replicas;

namespace MlOps.Serving.Observation;

/// <summary>What one variant did within the last hour, in stretches of ten seconds. Thread-safe; its memory is bounded.</summary>
internal sealed class VariantStatistics(EndpointVariant variant, ModelSignature signature, ScoreScale scale, TimeProvider time)
{
    /// <summary>How long back it can tell.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_slotLength = TimeSpan.FromSeconds(10);
    private readonly AnswerCounts?[] _slots = new AnswerCounts?[(int)(Memory / s_slotLength) + 1];
    private readonly Lock _gate = new();

    public EndpointVariant Variant { get; } = variant;

    private int Classes => signature.Task is LearningTask.Multiclass ? signature.Classes.Count : 0;

    private long Now => time.GetTimestamp() / (long)(s_slotLength.TotalSeconds * time.TimestampFrequency);

    public void Add(AnsweredRequest request)
    {
        var now = Now;
        lock (_gate)
        {
            var slot = _slots[now % _slots.Length] ??= new(scale, Classes);
            if (slot.Slot != now) slot.Begin(now);
            slot.Add(request);
        }
    }

    /// <param name="current">The variant as the manifest has it now.</param>
    /// <param name="window">At most <see cref="Memory"/>.</param>
    /// <param name="others">What other processes have counted for it: of a minute in which the window begins, all.</param>
    public VariantMetrics Of(EndpointVariant current, TimeSpan window, params IEnumerable<VariantReport> others)
    {
        var counts = Sum(window);
        var from = MinuteOf(time.GetUtcNow() - window);
        foreach (var other in others)
        {
            var sameBins = other.Edges.SequenceEqual(scale.Edges);
            foreach (var minute in other.Minutes.Where(m => m.Minute >= from)) counts.Add(minute, sameBins);
        }

        return new()
        {
            Name = current.Name,
            Model = current.Model,
            Version = current.Version,
            Requests = counts.Requests,
            Errors = counts.Errors,
            Refused = counts.Refused,
            Rows = counts.Rows,
            LatencyP50 = counts.Latency.Percentile(0.5),
            LatencyP99 = counts.Latency.Percentile(0.99),
            PredictionMean = counts.Mean,
            Scores = counts.Rows is 0 ? null : new(scale.Edges, counts.Bins),
            Classes = counts.Rows > 0 && Classes > 0 ? signature.Classes.Zip(counts.ByClass).ToDictionary(StringComparer.Ordinal) : null,
            Mirror = current.Mirror > 0 || counts.MirroredRows > 0 ? new(counts.MirroredRows, counts.AgreeingRows, counts.MeanDifference) : null,
        };
    }

    /// <summary>What it did within the last hour, minute by minute, for other processes.</summary>
    public VariantReport Report(string endpoint)
    {
        var minutes = new SortedDictionary<long, AnswerCounts>();
        lock (_gate)
        {
            var (now, utc) = (Now, time.GetUtcNow());
            foreach (var slot in _slots)
            {
                if (slot is null || slot.Slot <= now - _slots.Length) continue;
                var minute = MinuteOf(utc - ((now - slot.Slot) * s_slotLength));
                if (!minutes.TryGetValue(minute, out var counts)) minutes.Add(minute, counts = new(scale, Classes));
                counts.Add(slot);
            }
        }

        return new(endpoint, Variant.Name, Variant.Model, Variant.Version, scale.Edges, [.. minutes.Select(m => m.Value.ToMinute(m.Key))]);
    }

    private static long MinuteOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;

    private AnswerCounts Sum(TimeSpan window)
    {
        var sum = new AnswerCounts(scale, Classes);
        lock (_gate)
        {
            var first = Now - (long)Math.Ceiling(window / s_slotLength);
            foreach (var slot in _slots)
            {
                if (slot is not null && slot.Slot >= first) sum.Add(slot);
            }
        }

        return sum;
    }
}
