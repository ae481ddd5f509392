using MlOps.Core.Sampling;

namespace MlOps.Data.Outliers;

/// <summary>One tree of an isolation forest: each inner node cuts a random column at a random place between its extremes.</summary>
internal sealed class IsolationTree
{
    private readonly Node[] _nodes;

    private IsolationTree(Node[] nodes) => _nodes = nodes;

    /// <summary>Grows a tree.</summary>
    /// <param name="columns">Values by column.</param>
    /// <param name="rows">The rows that it is grown on; left in another order.</param>
    /// <param name="height">Most cuts on a path.</param>
    /// <param name="random">Draws columns and places.</param>
    public static IsolationTree Grow(IReadOnlyList<double[]> columns, Span<int> rows, int height, ref SplitMix64 random)
    {
        var nodes = new List<Node>();
        Grow(nodes, columns, rows, height, ref random);
        return new([.. nodes]);
    }

    /// <summary>Cuts until a row is alone, plus the cuts that an average tree would need for what is with it in its leaf.</summary>
    public double PathOf(ReadOnlySpan<double> row)
    {
        var (at, cuts) = (0, 0);
        while (!_nodes[at].IsLeaf)
        {
            ref readonly var node = ref _nodes[at];
            at = row[node.Column] < node.Cut ? at + 1 : node.Above;
            cuts++;
        }
        return cuts + IsolationForest.AveragePath(_nodes[at].Rows);
    }

    private static int Grow(List<Node> nodes, IReadOnlyList<double[]> columns, Span<int> rows, int height, ref SplitMix64 random)
    {
        var at = nodes.Count;
        nodes.Add(new(-1, 0, 0, rows.Length));
        if (height == 0 || rows.Length <= 1 || FindCut(columns, rows, ref random) is not { } cut) return at;

        var below = Partition(columns[cut.Column], rows, cut.Place);
        // What lies below follows its parent at once: only the place of the other side is kept.
        Grow(nodes, columns, rows[..below], height - 1, ref random);
        var above = Grow(nodes, columns, rows[below..], height - 1, ref random);
        nodes[at] = new(cut.Column, cut.Place, above, rows.Length);
        return at;
    }

    /// <summary>A column that is not constant here, and a place in it that leaves rows on both sides; <see langword="null"/>: the rows are all alike.</summary>
    private static (int Column, double Place)? FindCut(IReadOnlyList<double[]> columns, ReadOnlySpan<int> rows, ref SplitMix64 random)
    {
        var untried = Enumerable.Range(0, columns.Count).ToList();
        while (untried.Count > 0)
        {
            var draw = (int)random.NextBelow((ulong)untried.Count);
            var column = untried[draw];
            var (min, max) = (double.PositiveInfinity, double.NegativeInfinity);
            foreach (var row in rows) (min, max) = (Math.Min(min, columns[column][row]), Math.Max(max, columns[column][row]));
            var place = max - ((max - min) * random.NextUnit());
            // Neighbouring doubles may round the place onto the smaller one.
            if (min < max) return (column, place > min ? place : max);
            untried.RemoveAt(draw);
        }
        return null;
    }

    private static int Partition(double[] values, Span<int> rows, double cut)
    {
        var below = 0;
        for (var i = 0; i < rows.Length; i++)
            if (values[rows[i]] < cut) (rows[below], rows[i], below) = (rows[i], rows[below], below + 1);
        return below;
    }

    /// <param name="Column">What is cut; -1 in a leaf.</param>
    /// <param name="Cut">Where: smaller values go to the next node.</param>
    /// <param name="Above">Index of the node for the others.</param>
    /// <param name="Rows">Rows that it was grown on.</param>
    private readonly record struct Node(int Column, double Cut, int Above, int Rows)
    {
        public bool IsLeaf => Column < 0;
    }
}
