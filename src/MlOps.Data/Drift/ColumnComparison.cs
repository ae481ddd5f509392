using MlOps.Core.Drift;

namespace MlOps.Data.Drift;

/// <summary>The result of one measure on one column, before it is judged beside the others.</summary>
/// <param name="Method">The measure.</param>
/// <param name="Value">The distance, or the test's effect, not negative.</param>
/// <param name="PValue">The test's p-value; <see langword="null"/> for distances.</param>
internal sealed record ColumnComparison(DriftMethod Method, double Value, double? PValue)
{
    // The borders that Evidently documents for its default choice of method.
    private const int SmallSample = 1000;
    private const int FewValues = 5;

    /// <summary>Compares two samples of a number.</summary>
    /// <exception cref="ArgumentException">The method is for categories.</exception>
    public static ColumnComparison Of(NumberSamples samples, DriftMethod method)
    {
        if (samples.ReferenceCount == 0 || samples.CurrentCount == 0) return new(method, double.NaN, null);
        switch (method)
        {
            case DriftMethod.Auto when samples.ReferenceDistinct <= FewValues:
                return Of(samples.ToCategories(), method);
            case DriftMethod.Auto:
                return Of(samples, samples.ReferenceCount <= SmallSample ? DriftMethod.KolmogorovSmirnov : DriftMethod.Wasserstein);
            case DriftMethod.KolmogorovSmirnov:
                var (statistic, p) = KolmogorovSmirnov.Test(samples);
                return new(method, statistic, p);
            case DriftMethod.Wasserstein:
                return new(method, Wasserstein.Normed(samples), null);
            case DriftMethod.PopulationStability:
                return new(method, CategoryDistances.PopulationStability(samples.ToDeciles()), null);
            case DriftMethod.JensenShannon:
                return new(method, CategoryDistances.JensenShannon(samples.ToDeciles()), null);
            default:
                return Of(samples.ToCategories(), method);
        }
    }

    /// <summary>Compares two samples of a category.</summary>
    /// <remarks>A measure that is for numbers alone gives way to the automatic choice.</remarks>
    public static ColumnComparison Of(CategoryCounts counts, DriftMethod method)
    {
        if (counts.ReferenceCount == 0 || counts.CurrentCount == 0) return new(method, double.NaN, null);
        switch (method)
        {
            case DriftMethod.ChiSquare:
                var (_, p, v) = CategoryTests.ChiSquare(counts);
                return new(method, v, p);
            case DriftMethod.TwoShares when counts.Reference.Count == 2:
                var (_, shareP, difference) = CategoryTests.TwoShares(counts);
                return new(method, Math.Abs(difference), shareP);
            case DriftMethod.PopulationStability:
                return new(method, CategoryDistances.PopulationStability(counts), null);
            case DriftMethod.TotalVariation:
                return new(method, CategoryDistances.TotalVariation(counts), null);
            case DriftMethod.JensenShannon:
                return new(method, CategoryDistances.JensenShannon(counts), null);
            default:
                var small = counts.ReferenceCount <= SmallSample;
                return Of(counts, (small, counts.Reference.Count) switch
                {
                    (true, 2) => DriftMethod.TwoShares,
                    (true, _) => DriftMethod.ChiSquare,
                    _ => DriftMethod.JensenShannon,
                });
        }
    }
}
