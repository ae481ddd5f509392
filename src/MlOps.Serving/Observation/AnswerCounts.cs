using MlOps.Core.Models;
using MlOps.Serving.Replicas;

namespace MlOps.Serving.Observation;

/// <summary>What a variant did in a stretch of time. Not thread-safe.</summary>
internal sealed class AnswerCounts(ScoreScale scale, int classes)
{
    private readonly long[] _bins = new long[scale.Edges.Count + 1];
    private readonly long[] _byClass = new long[classes];
    private double _sum;
    private double _differences;

    /// <summary>Number of the stretch; what it holds of an earlier one is worthless.</summary>
    public long Slot { get; private set; } = -1;

    public long Requests { get; private set; }

    public long Errors { get; private set; }

    public long Refused { get; private set; }

    public long Rows { get; private set; }

    public long MirroredRows { get; private set; }

    public long AgreeingRows { get; private set; }

    public LatencyHistogram Latency { get; } = new();

    public IReadOnlyList<long> Bins => _bins;

    public IReadOnlyList<long> ByClass => _byClass;

    public double? Mean => Rows is 0 ? null : _sum / Rows;

    public double MeanDifference => MirroredRows is 0 ? 0 : _differences / MirroredRows;

    /// <summary>Empties the counts for another stretch.</summary>
    public void Begin(long slot)
    {
        Slot = slot;
        (Requests, Errors, Refused, Rows, MirroredRows, AgreeingRows, _sum, _differences) = (0, 0, 0, 0, 0, 0, 0, 0);
        Latency.Clear();
        Array.Clear(_bins);
        Array.Clear(_byClass);
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
        _sum += other._sum;
        _differences += other._differences;
        Latency.Add(other.Latency);
        for (var i = 0; i < _bins.Length; i++) _bins[i] += other._bins[i];
        for (var i = 0; i < _byClass.Length; i++) _byClass[i] += other._byClass[i];
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
        _sum += other.Scores;
        _differences += other.Differences;
        Latency.Add(other.Latencies);
        if (sameBins) SparseCounts.Add(_bins, other.Bins);
        SparseCounts.Add(_byClass, other.Classes);
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
        Scores = _sum,
        Differences = _differences,
        Bins = SparseCounts.Of(_bins),
        Classes = SparseCounts.Of(_byClass),
        Latencies = Latency.ToSparse(),
    };

    private void AddScores(ModelSignature signature, ReadOnlySpan<float> scores)
    {
        for (var width = signature.OutputWidth; scores.Length > 0; scores = scores[width..])
        {
            var row = scores[..width];
            var score = ScoreScale.ScoreOf(row);
            Rows++;
            _sum += score;
            _bins[scale.BinOf(score)]++;
            if (_byClass.Length > 0) _byClass[ScoreScale.ClassOf(row)]++;
        }
    }

    private void Compare(ModelSignature signature, ReadOnlySpan<float> returned, ReadOnlySpan<float> other)
    {
        var width = signature.OutputWidth;
        if (returned.Length != other.Length) return;
        for (; returned.Length > 0; returned = returned[width..], other = other[width..])
        {
            MirroredRows++;
            _differences += Math.Abs(ScoreScale.ScoreOf(returned[..width]) - ScoreScale.ScoreOf(other[..width]));
            if (ScoreScale.Agree(signature, returned[..width], other[..width])) AgreeingRows++;
        }
    }
}
