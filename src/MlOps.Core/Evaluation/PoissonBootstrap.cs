using MlOps.Core.Sampling;

namespace MlOps.Core.Evaluation;

/// <summary>
/// 95 % percentile bootstrap intervals in one pass over the rows a replicate. Instead of drawing n rows with replacement, every
/// row gets an independent Poisson(1) number of copies, to which the binomial counts of the classic bootstrap converge: no
/// random access, no copies of rows, and what can be sorted or computed once a row is done once for all replicates.
/// </summary>
/// <remarks>
/// Percentile interval: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. Poisson weights: Hanley and
/// MacGibbon (2006); Chamandy et al., Estimating Uncertainty for Massive Data Streams (Google, 2012). The weights' probabilities
/// are exact to 2^-16, and the interval's own random error shrinks with the root of the number of replicates.
/// </remarks>
public static class PoissonBootstrap
{
    /// <summary>Resamples unless told otherwise: the ends of the interval then lie on the 5th and 6th smallest and largest.</summary>
    public const int DefaultReplicates = 200;

    // Number of copies for each 16-bit draw: as many entries of the value as its probability e^-1 / value! asks for.
    private static readonly byte[] s_copies = CreateTable();

    internal static IReadOnlyDictionary<string, ConfidenceInterval> Intervals(IResample resample, IReadOnlyList<string> names, int seed, int replicates)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicates, 20);
        var random = new SplitMix64((ulong)seed);
        var weights = new byte[resample.Rows];
        var values = names.ToDictionary(n => n, _ => new List<double>(replicates), StringComparer.Ordinal);
        for (var r = 0; r < replicates; r++)
        {
            Draw(weights, ref random);
            var replicate = resample.Measure(weights);
            foreach (var name in names)
            {
                if (replicate.TryGetValue(name, out var value) && double.IsFinite(value)) values[name].Add(value);
            }
        }
        return values.Where(v => v.Value.Count > replicates / 2).ToDictionary(v => v.Key, v => PercentileInterval(v.Value), StringComparer.Ordinal);
    }

    internal static void Draw(byte[] weights, ref SplitMix64 random)
    {
        var copies = s_copies;
        for (var i = 0; i < weights.Length;)
        {
            var bits = random.Next();
            for (var part = 0; part < 4 && i < weights.Length; part++, i++, bits >>= 16) weights[i] = copies[bits & 0xFFFF];
        }
    }

    internal static ConfidenceInterval PercentileInterval(List<double> values)
    {
        values.Sort();
        return new(Quantile(values, 0.025), Quantile(values, 0.975));
    }

    // Hyndman and Fan (1996), definition 7.
    private static double Quantile(List<double> sorted, double share)
    {
        var position = share * (sorted.Count - 1);
        var below = (int)position;
        return below + 1 < sorted.Count ? sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }

    private static byte[] CreateTable()
    {
        var table = new byte[1 << 16];
        var (probability, cumulated, filled) = (Math.Exp(-1), 0.0, 0);
        for (byte value = 0; filled < table.Length; value++)
        {
            cumulated += probability;
            var end = Math.Max(filled + 1, (int)Math.Round(Math.Min(cumulated, 1) * table.Length));
            table.AsSpan(filled, end - filled).Fill(value);
            filled = end;
            probability /= value + 1;
        }
        return table;
    }
}

/// <summary>Rows prepared so that the metrics of a weighted sample cost one pass.</summary>
internal interface IResample
{
    /// <summary>Number of rows.</summary>
    int Rows { get; }

    /// <summary>For each position the row as it was given; empty: the rows stand as they were given.</summary>
    ReadOnlySpan<int> Order { get; }

    /// <summary>Every metric of the task, each row counted as often as its weight says; the order of the rows is the sample's own.</summary>
    IReadOnlyDictionary<string, double> Measure(ReadOnlySpan<byte> weights);
}
