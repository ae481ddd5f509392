namespace MlOps.Data.Drift;

/// <summary>Distances between two distributions over the same few values.</summary>
internal static class CategoryDistances
{
    // An empty bin would make the index infinite; this share stands in for it, as is usual for the index.
    private const double EmptyShare = 0.0001;

    /// <summary>Population stability index: Σ (c − r) ln(c / r). Usual reading: below 0.1 stable, above 0.25 shifted.</summary>
    /// <remarks>Siddiqi, "Credit Risk Scorecards" (2006); an empty share counts as 0.0001.</remarks>
    public static double PopulationStability(CategoryCounts counts) => counts.Shares()
        .Select(s => (R: Math.Max(s.Reference, EmptyShare), C: Math.Max(s.Current, EmptyShare)))
        .Sum(s => (s.C - s.R) * Math.Log(s.C / s.R));

    /// <summary>Jensen–Shannon distance: the root of the mean divergence from the mixture, base 2. In [0, 1].</summary>
    /// <remarks>Endres and Schindelin, "A new metric for probability distributions" (2003).</remarks>
    public static double JensenShannon(CategoryCounts counts)
    {
        var divergence = counts.Shares().Sum(s =>
        {
            var mixture = (s.Reference + s.Current) / 2;
            return (Term(s.Reference, mixture) + Term(s.Current, mixture)) / 2;
        });
        return Math.Sqrt(Math.Max(0, divergence));

        static double Term(double share, double mixture) => share == 0 ? 0 : share * Math.Log2(share / mixture);
    }

    /// <summary>Total variation distance: half the sum of the differences of shares. In [0, 1].</summary>
    public static double TotalVariation(CategoryCounts counts) => counts.Shares().Sum(s => Math.Abs(s.Reference - s.Current)) / 2;
}
