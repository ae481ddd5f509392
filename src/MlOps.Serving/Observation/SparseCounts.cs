namespace MlOps.Serving.Observation;

/// <summary>Counts by number, without those that are zero: how most of a distribution travels.</summary>
internal static class SparseCounts
{
    public static IReadOnlyDictionary<int, long> Of(ReadOnlySpan<long> counts)
    {
        var sparse = new Dictionary<int, long>();
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] is not 0) sparse.Add(i, counts[i]);
        }

        return sparse;
    }

    /// <summary>Adds to counts; what has no place there is left out.</summary>
    public static void Add(Span<long> counts, IReadOnlyDictionary<int, long> sparse)
    {
        foreach (var (number, count) in sparse)
        {
            if (number >= 0 && number < counts.Length) counts[number] += count;
        }
    }
}
