using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Core.Specification;

namespace MlOps.Serving.Observation;

/// <summary>What one variant did within the last hour, in stretches of ten seconds. Thread-safe; its memory is bounded.</summary>
internal sealed class VariantStatistics(EndpointVariant variant, ModelSignature signature, ScoreScale scale, TimeProvider time)
{
    /// <summary>How long back it can tell.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_slotLength = TimeSpan.FromSeconds(10);
    private readonly AnswerCounts?[] slots = new AnswerCounts?[(int)(Memory / s_slotLength) + 1];
    private readonly Lock gate = new();

    public EndpointVariant Variant { get; } = variant;

    private int Classes => signature.Task is LearningTask.Multiclass ? signature.Classes.Count : 0;

    private long Now => time.GetTimestamp() / (long)(s_slotLength.TotalSeconds * time.TimestampFrequency);

    public void Add(AnsweredRequest request)
    {
        var now = Now;
        lock (gate)
        {
            var slot = slots[now % slots.Length] ??= new(scale, Classes);
            if (slot.Slot != now) slot.Begin(now);
            slot.Add(request);
        }
    }

    /// <param name="current">The variant as the manifest has it now.</param>
    /// <param name="window">At most <see cref="Memory"/>.</param>
    public VariantMetrics Of(EndpointVariant current, TimeSpan window)
    {
        var counts = Sum(window);
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

    private AnswerCounts Sum(TimeSpan window)
    {
        var sum = new AnswerCounts(scale, Classes);
        lock (gate)
        {
            var first = Now - (long)Math.Ceiling(window / s_slotLength);
            foreach (var slot in slots)
            {
                if (slot is not null && slot.Slot >= first) sum.Add(slot);
            }
        }

        return sum;
    }
}
