namespace MlOps.Data.Drift;

/// <summary>Two-sample Kolmogorov–Smirnov test: the largest distance between two empirical distribution functions.</summary>
internal static class KolmogorovSmirnov
{
    // The exact distribution costs the product of the sizes.
    private const long MaxExactProduct = 1_000_000;

    /// <summary>The test.</summary>
    /// <returns>D in [0, 1], and the probability of such a D or more when both samples come from one continuous distribution.</returns>
    public static (double Statistic, double PValue) Test(NumberSamples samples)
    {
        var (n, m) = (samples.ReferenceCount, samples.CurrentCount);
        long reference = 0, current = 0;
        double statistic = 0;
        for (var i = 0; i < samples.Values.Count; i++)
        {
            reference += samples.Reference[i];
            current += samples.Current[i];
            statistic = Math.Max(statistic, Math.Abs(((double)reference / n) - ((double)current / m)));
        }
        var exact = n <= MaxExactProduct / m;
        return (statistic, exact ? ExactTail((int)n, (int)m, statistic) : LimitTail(statistic * Math.Sqrt((double)n * m / (n + m))));
    }

    /// <summary>P(D ≥ d) for samples of n and m values without ties.</summary>
    /// <remarks>
    /// Counts lattice paths that stay within the distance (Hodges, "The significance probability of the Smirnov two-sample test", 1958),
    /// scaled at each step so that the counts stay probabilities.
    /// </remarks>
    internal static double ExactTail(int n, int m, double d)
    {
        // The distances possible are multiples of 1/(n m); half a step below d keeps d itself outside.
        var product = (double)n * m;
        var limit = (0.5 + Math.Floor((d * product) - 1e-7)) / product;
        var inside = new double[m + 1];
        for (var j = 0; j <= m; j++) inside[j] = (double)j / m > limit ? 0 : 1;
        for (var i = 1; i <= n; i++)
        {
            var weight = (double)i / (i + m);
            inside[0] = (double)i / n > limit ? 0 : weight * inside[0];
            for (var j = 1; j <= m; j++)
                inside[j] = Math.Abs(((double)i / n) - ((double)j / m)) > limit ? 0 : (weight * inside[j]) + inside[j - 1];
        }
        return Math.Clamp(1 - inside[m], 0, 1);
    }

    /// <summary>P(K ≥ x) of Kolmogorov's limit distribution.</summary>
    internal static double LimitTail(double x)
    {
        // Each of the two series converges within a few terms on its side of 1.
        if (x <= 0) return 1;
        if (x < 1)
        {
            var sum = 0.0;
            for (var k = 1; k <= 20; k++) sum += Math.Exp(-((2 * k) - 1) * ((2 * k) - 1) * Math.PI * Math.PI / (8 * x * x));
            return Math.Clamp(1 - (Math.Sqrt(2 * Math.PI) / x * sum), 0, 1);
        }
        var tail = 0.0;
        for (var k = 1; k <= 20; k++) tail += (k % 2 == 1 ? 2 : -2) * Math.Exp(-2.0 * k * k * x * x);
        return Math.Clamp(tail, 0, 1);
    }
}
