namespace MlOps.Data.Drift;

/// <summary>Population stability index of histograms.</summary>
public static class PopulationStability
{
    /// <summary>
    /// The index of two histograms over the same bins, merged to bins that each hold about a tenth of the reference:
    /// Σ (c − r) ln(c / r). Usual reading: below 0.1 stable, above 0.25 shifted.
    /// </summary>
    /// <param name="reference">Counts by bin, in the order of the bins; at least one above 0.</param>
    /// <param name="current">The same of the other sample.</param>
    /// <exception cref="ArgumentException">The bins differ in number, or a histogram is empty.</exception>
    public static double Of(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        if (reference.Count != current.Count) throw new ArgumentException($"The histograms have {reference.Count} and {current.Count} bins; the index needs the same bins.", nameof(current));
        if (reference.Sum() is 0 || current.Sum() is 0) throw new ArgumentException("A histogram without counts has no distribution.", nameof(reference));
        var bins = Enumerable.Range(0, reference.Count).Select(i => (double)i).ToList();
        return CategoryDistances.PopulationStability(new NumberSamples(bins, reference, current).ToDeciles());
    }

    /// <summary>The index of two counts by category.</summary>
    /// <exception cref="ArgumentException">A sample is empty.</exception>
    public static double Of(IReadOnlyDictionary<string, long> reference, IReadOnlyDictionary<string, long> current)
    {
        if (reference.Values.Sum() is 0 || current.Values.Sum() is 0) throw new ArgumentException("A sample without counts has no distribution.", nameof(reference));
        var categories = reference.Keys.Union(current.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return CategoryDistances.PopulationStability(new(
            categories.ConvertAll(c => reference.GetValueOrDefault(c)), categories.ConvertAll(c => current.GetValueOrDefault(c))));
    }
}
