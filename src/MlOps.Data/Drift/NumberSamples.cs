namespace MlOps.Data.Drift;

/// <summary>Two samples of a number as counts of their distinct values.</summary>
/// <param name="values">The distinct values of both, ascending, finite.</param>
/// <param name="reference">How often each is in the reference.</param>
/// <param name="current">How often each is in the other sample.</param>
internal sealed class NumberSamples(IReadOnlyList<double> values, IReadOnlyList<long> reference, IReadOnlyList<long> current)
{
    private const int Bins = 10;

    /// <summary>The distinct values of both, ascending.</summary>
    public IReadOnlyList<double> Values { get; } = values;

    /// <summary>How often each value is in the reference.</summary>
    public IReadOnlyList<long> Reference { get; } = reference;

    /// <summary>How often each value is in the other sample.</summary>
    public IReadOnlyList<long> Current { get; } = current;

    /// <summary>Size of the reference.</summary>
    public long ReferenceCount { get; } = reference.Sum();

    /// <summary>Size of the other sample.</summary>
    public long CurrentCount { get; } = current.Sum();

    /// <summary>Distinct values of the reference.</summary>
    public int ReferenceDistinct => Reference.Count(c => c > 0);

    /// <summary>Counts of the same values, from plain samples.</summary>
    public static NumberSamples Of(IReadOnlyList<double> reference, IReadOnlyList<double> current)
    {
        var values = reference.Concat(current).Distinct().Order().ToList();
        return new(values, Count(reference), Count(current));

        List<long> Count(IReadOnlyList<double> sample)
        {
            var counts = sample.CountBy(v => v).ToDictionary();
            return values.ConvertAll(v => (long)counts.GetValueOrDefault(v));
        }
    }

    /// <summary>Both samples in ten bins that each hold a tenth of the reference, the outer ones open; ties make bins fewer.</summary>
    public CategoryCounts ToDeciles()
    {
        var (reference, current) = (new List<long> { 0 }, new List<long> { 0 });
        long seen = 0;
        for (var i = 0; i < Values.Count; i++)
        {
            reference[^1] += Reference[i];
            current[^1] += Current[i];
            seen += Reference[i];
            // The bin closes with the value that fills it; the last one takes what is left.
            if (seen * Bins < (long)reference.Count * ReferenceCount || seen == ReferenceCount || i == Values.Count - 1) continue;
            reference.Add(0);
            current.Add(0);
        }
        return new(reference, current);
    }

    /// <summary>Each value as a category.</summary>
    public CategoryCounts ToCategories() => new(Reference, Current);

    /// <summary>Standard deviation of the reference (of the population, as numpy's default).</summary>
    public double ReferenceDeviation()
    {
        var mean = Values.Zip(Reference, (v, n) => v * n).Sum() / ReferenceCount;
        return Math.Sqrt(Values.Zip(Reference, (v, n) => (v - mean) * (v - mean) * n).Sum() / ReferenceCount);
    }
}
