using MlOps.Core.Models;
using MlOps.Serving.Replicas;

namespace MlOps.Serving.Observation;

/// <summary>What a variant did in a stretch of time. Not thread-safe.</summary>
internal sealed class AnswerCounts(ScoreScale scale, int classes)
{
    private readonly long[] bins = new long[scale.Edges.Count + 1];
    private readonly long[] byClass = new long[classes];
    private double sum;
    private double differences;

    /// <summary>Number of the stretch; what it holds of an earlier one is worthless.</summary>
    public long Slot { get; private set; } = -1;

    public long Requests { get; private set; }

    public long Errors { get; private set; }

    public long Refused { get; private set; }

    public long Rows { get; private set; }

    public long MirroredRows { get; private set; }

    public long AgreeingRows { get; private set; }

    public LatencyHistogram Latency { get; } = new();

    public IReadOnlyList<long> Bins => bins;

    public IReadOnlyList<long> ByClass => byClass;

    public double? Mean => Rows is 0 ? null : sum / Rows;

    public double MeanDifference => MirroredRows is 0 ? 0 : differences / MirroredRows;

    /// <summary>Empties the counts for another stretch.</summary>
    public void Begin(long slot)
    {
        Slot = slot;
        (Requests, Errors, Refused, Rows, MirroredRows, AgreeingRows, sum, differences) = (0, 0, 0, 0, 0, 0, 0, 0);
        Latency.Clear();
        Array.Clear(bins);
        Array.Clear(byClass);
    }

    public void Add(AnsweredRequest request)
    {
        Requests++;
        if (request.Status >= 500) Errors++;
        else if (request.Status >= 400) Refused++;
        if (request.Error is not null) return;
        Latency.Add(request.Latency);
        AddScores(request.Signature, request.Scores.Span);
        if (request.Mirrored) Compare(request.Signature, request.AnsweredScores.Span, request.Scores.Span);
    }

    public void Add(AnswerCounts other)
    {
        Requests += other.Requests;
        Errors += other.Errors;
        Refused += other.Refused;
        Rows += other.Rows;
        MirroredRows += other.MirroredRows;
        AgreeingRows += other.AgreeingRows;
        sum += other.sum;
        differences += other.differences;
        Latency.Add(other.Latency);
        for (var i = 0; i < bins.Length; i++) bins[i] += other.bins[i];
        for (var i = 0; i < byClass.Length; i++) byClass[i] += other.byClass[i];
    }

    /// <summary>Adds what another process has counted.</summary>
    /// <param name="other">Its counts.</param>
    /// <param name="sameBins">Whether its scores are in the same bins; otherwise they are left out.</param>
    public void Add(MinuteCounts other, bool sameBins)
    {
        Requests += other.Requests;
        Errors += other.Errors;
        Refused += other.Refused;
        Rows += other.Rows;
        MirroredRows += other.MirroredRows;
        AgreeingRows += other.AgreeingRows;
        sum += other.Scores;
        differences += other.Differences;
        Latency.Add(other.Latencies);
        if (sameBins) SparseCounts.Add(bins, other.Bins);
        SparseCounts.Add(byClass, other.Classes);
    }

    /// <summary>As other processes are told.</summary>
    public MinuteCounts ToMinute(long minute) => new()
    {
        Minute = minute,
        Requests = Requests,
        Errors = Errors,
        Refused = Refused,
        Rows = Rows,
        MirroredRows = MirroredRows,
        AgreeingRows = AgreeingRows,
        Scores = sum,
        Differences = differences,
        Bins = SparseCounts.Of(bins),
        Classes = SparseCounts.Of(byClass),
        Latencies = Latency.ToSparse(),
    };

    private void AddScores(ModelSignature signature, ReadOnlySpan<float> scores)
    {
        for (var width = signature.OutputWidth; scores.Length > 0; scores = scores[width..])
        {
            var row = scores[..width];
            var score = ScoreScale.ScoreOf(row);
            Rows++;
            sum += score;
            bins[scale.BinOf(score)]++;
            if (byClass.Length > 0) byClass[ScoreScale.ClassOf(row)]++;
        }
    }

    private void Compare(ModelSignature signature, ReadOnlySpan<float> returned, ReadOnlySpan<float> other)
    {
        var width = signature.OutputWidth;
        if (returned.Length != other.Length) return;
        for (; returned.Length > 0; returned = returned[width..], other = other[width..])
        {
            MirroredRows++;
            differences += Math.Abs(ScoreScale.ScoreOf(returned[..width]) - ScoreScale.ScoreOf(other[..width]));
            if (ScoreScale.Agree(signature, returned[..width], other[..width])) AgreeingRows++;
        }
    }
}
