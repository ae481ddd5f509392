namespace MlOps.Data.Drift;

/// <summary>Two samples of a category: how often each value is in the reference and in the other sample, in the same order.</summary>
/// <param name="Reference">Counts of the reference.</param>
/// <param name="Current">Counts of the other sample.</param>
internal sealed record CategoryCounts(IReadOnlyList<long> Reference, IReadOnlyList<long> Current)
{
    /// <summary>Size of the reference.</summary>
    public long ReferenceCount { get; } = Reference.Sum();

    /// <summary>Size of the other sample.</summary>
    public long CurrentCount { get; } = Current.Sum();

    /// <summary>The shares of each value: in the reference, in the other sample.</summary>
    public IEnumerable<(double Reference, double Current)> Shares() =>
        Reference.Zip(Current, (r, c) => ((double)r / ReferenceCount, (double)c / CurrentCount));
}
