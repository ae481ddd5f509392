namespace MlOps.Serving.Observation;

/// <summary>Counts of latencies, in bins 10 % wide from 1 µs to beyond a minute.</summary>
internal sealed class LatencyHistogram
{
    private const double Growth = 1.1;
    private const int Bins = 192;
    private static readonly double s_logGrowth = Math.Log(Growth);
    private readonly long[] _counts = new long[Bins];

    public void Add(TimeSpan latency)
    {
        var microseconds = Math.Max(1, latency.TotalMicroseconds);
        _counts[Math.Min(Bins - 1, (int)(Math.Log(microseconds) / s_logGrowth))]++;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < Bins; i++) _counts[i] += other._counts[i];
    }

    /// <summary>Adds counts by number of their bin; of numbers that no bin has, nothing.</summary>
    public void Add(IReadOnlyDictionary<int, long> other) => SparseCounts.Add(_counts, other);

    /// <summary>The bins that are not empty.</summary>
    public IReadOnlyDictionary<int, long> ToSparse() => SparseCounts.Of(_counts);

    public void Clear() => Array.Clear(_counts);

    /// <summary>Milliseconds that a share of the latencies does not exceed, by nearest rank: the middle of its bin. Null without any.</summary>
    public double? Percentile(double share)
    {
        var total = _counts.Sum();
        if (total is 0) return null;
        var rank = Math.Max(1, (long)Math.Ceiling(share * total));
        var bin = 0;
        for (long seen = _counts[0]; seen < rank; seen += _counts[bin]) bin++;
        return Math.Pow(Growth, bin + 0.5) / 1000;
    }
}
