using MathNet.Numerics;

namespace MlOps.Data.Drift;

/// <summary>Tests of whether two samples of a category come from one distribution.</summary>
internal static class CategoryTests
{
    /// <summary>Pearson's chi-square test of the table of value against sample, without correction.</summary>
    /// <returns>The statistic, its probability or less under one distribution, and Cramér's V in [0, 1]: for two rows √(χ²/n).</returns>
    public static (double Statistic, double PValue, double CramersV) ChiSquare(CategoryCounts counts)
    {
        var total = (double)(counts.ReferenceCount + counts.CurrentCount);
        double statistic = 0;
        var values = 0;
        foreach (var (reference, current) in counts.Reference.Zip(counts.Current))
        {
            var row = reference + current;
            if (row == 0) continue;
            values++;
            statistic += Term(reference, row * (counts.ReferenceCount / total)) + Term(current, row * (counts.CurrentCount / total));
        }
        var freedom = values - 1;
        var p = freedom == 0 ? 1 : SpecialFunctions.GammaUpperRegularized(freedom / 2.0, statistic / 2);
        return (statistic, p, Math.Sqrt(statistic / total));

        static double Term(long observed, double expected) => (observed - expected) * (observed - expected) / expected;
    }

    /// <summary>Two-sided test of whether two shares are equal, with the pooled share as variance.</summary>
    /// <returns>z, its probability or more extreme, and the difference of the shares of the first value (current minus reference).</returns>
    public static (double Z, double PValue, double Difference) TwoShares(CategoryCounts counts)
    {
        double r = counts.Reference[0], c = counts.Current[0];
        var (n, m) = ((double)counts.ReferenceCount, (double)counts.CurrentCount);
        var pooled = (r + c) / (n + m);
        var difference = (c / m) - (r / n);
        var deviation = Math.Sqrt(pooled * (1 - pooled) * ((1 / n) + (1 / m)));
        var z = deviation == 0 ? 0 : difference / deviation;
        return (z, SpecialFunctions.Erfc(Math.Abs(z) / Math.Sqrt(2)), difference);
    }
}
