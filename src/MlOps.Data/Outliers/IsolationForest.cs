using MlOps.Core.Sampling;

namespace MlOps.Data.Outliers;

/// <summary>Random trees that cut a few rows apart: what few cuts isolate is an anomaly. Seeded, the same on every machine.</summary>
/// <remarks>
/// Liu, Ting and Zhou, "Isolation Forest" (ICDM 2008), with the paper's parameters: 100 trees, each grown on 256 rows drawn without
/// replacement, to the height at which an average tree of that size has isolated a row.
/// </remarks>
internal sealed class IsolationForest
{
    private const int Trees = 100;
    private const int Subsample = 256;
    private const double EulerGamma = 0.5772156649015329;

    private readonly IsolationTree[] _trees;
    private readonly double _average;

    private IsolationForest(IsolationTree[] trees, int rowsATree) => (_trees, _average) = (trees, AveragePath(rowsATree));

    /// <summary>Grows a forest.</summary>
    /// <param name="columns">Values by column, all of one length, at least 2, finite.</param>
    /// <param name="seed">The same rows and seed give the same forest.</param>
    public static IsolationForest Grow(IReadOnlyList<double[]> columns, ulong seed)
    {
        var random = new SplitMix64(seed);
        var all = Enumerable.Range(0, columns[0].Length).ToArray();
        var size = Math.Min(Subsample, all.Length);
        var height = (int)Math.Ceiling(Math.Log2(size));
        var trees = new IsolationTree[Trees];
        for (var t = 0; t < Trees; t++)
        {
            // The first steps of a Fisher–Yates shuffle draw without replacement.
            for (var i = 0; i < size; i++)
            {
                var other = i + (int)random.NextBelow((ulong)(all.Length - i));
                (all[i], all[other]) = (all[other], all[i]);
            }
            trees[t] = IsolationTree.Grow(columns, all.AsSpan(0, size), height, ref random);
        }
        return new(trees, size);
    }

    /// <summary>How anomalous a row is, in (0, 1): near 1 an anomaly, well below 0.5 normal; 0.5 for all when nothing stands out.</summary>
    /// <param name="row">A value for each column.</param>
    public double Score(ReadOnlySpan<double> row)
    {
        var path = 0.0;
        foreach (var tree in _trees) path += tree.PathOf(row);
        return Math.Pow(2, -path / (_trees.Length * _average));
    }

    /// <summary>c(n): average path of an unsuccessful search in a binary search tree of n rows.</summary>
    /// <remarks>The paper's equation 1, with the harmonic number as ln(i) + γ; exact for two rows, where that estimate is not.</remarks>
    internal static double AveragePath(int rows) => rows switch
    {
        <= 1 => 0,
        2 => 1,
        _ => (2 * (Math.Log(rows - 1) + EulerGamma)) - (2.0 * (rows - 1) / rows),
    };
}
