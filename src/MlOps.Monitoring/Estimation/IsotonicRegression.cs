namespace MlOps.Monitoring.Estimation;

/// <summary>The rising step function that fits labels best over scores: what share of positives a score stands for.</summary>
/// <remarks>Pool adjacent violators: Barlow et al., Statistical Inference under Order Restrictions (1972); linear between the blocks' scores, as scikit-learn's.</remarks>
internal sealed class IsotonicRegression
{
    private readonly double[] _scores;
    private readonly double[] _shares;

    private IsotonicRegression(double[] scores, double[] shares) => (_scores, _shares) = (scores, shares);

    /// <summary>Fits.</summary>
    /// <param name="scores">At least one, finite.</param>
    /// <param name="labels">0 or 1, in the same order.</param>
    public static IsotonicRegression Fit(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels)
    {
        if (scores.IsEmpty) throw new ArgumentException("There is no score to fit.", nameof(scores));
        var (keys, values) = (scores.ToArray(), labels.ToArray());
        Array.Sort(keys, values);
        var blocks = new List<Block>();
        for (var i = 0; i < keys.Length;)
        {
            // Equal scores cannot be told apart: they are one point.
            var (from, sum) = (i, 0.0);
            for (; i < keys.Length && keys[i] == keys[from]; i++) sum += values[i];
            blocks.Add(new(keys[from], keys[from], sum, i - from));
            while (blocks.Count > 1 && blocks[^2].Share >= blocks[^1].Share)
            {
                var (left, right) = (blocks[^2], blocks[^1]);
                blocks.RemoveRange(blocks.Count - 2, 2);
                blocks.Add(new(left.From, right.To, left.Sum + right.Sum, left.Count + right.Count));
            }
        }
        var (points, shares) = (new List<double>(), new List<double>());
        foreach (var block in blocks)
        {
            points.Add(block.From);
            shares.Add(block.Share);
            if (block.To == block.From) continue;
            points.Add(block.To);
            shares.Add(block.Share);
        }
        return new([.. points], [.. shares]);
    }

    /// <summary>The share that a score stands for; beyond the scores seen, that of the nearest one.</summary>
    public double At(double score)
    {
        var at = Array.BinarySearch(_scores, score);
        if (at >= 0) return _shares[at];
        var above = ~at;
        if (above is 0) return _shares[0];
        if (above == _scores.Length) return _shares[^1];
        var part = (score - _scores[above - 1]) / (_scores[above] - _scores[above - 1]);
        return _shares[above - 1] + (part * (_shares[above] - _shares[above - 1]));
    }

    private readonly record struct Block(double From, double To, double Sum, long Count)
    {
        public double Share => Sum / Count;
    }
}
