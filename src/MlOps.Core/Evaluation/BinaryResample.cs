namespace MlOps.Core.Evaluation;

/// <summary>Rows of a two-class model in ascending order of their scores, ties together.</summary>
internal sealed class BinaryResample : IResample
{
    private readonly int[] _order;
    private readonly byte[] _positive;
    private readonly bool[] _startsTie;
    private readonly double[] _logLoss;
    private readonly double[] _squaredError;

    // The first row that is predicted positive: all that follow are, too.
    private readonly int _cut;

    public BinaryResample(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        MetricArguments.CheckProbabilities(probabilities, labels);
        (var sorted, _order) = BinaryMetrics.OrderByScore(probabilities, labels);
        (_positive, _startsTie) = (new byte[sorted.Length], new bool[sorted.Length]);
        (_logLoss, _squaredError) = (new double[sorted.Length], new double[sorted.Length]);
        _cut = sorted.Length;
        for (var i = sorted.Length - 1; i >= 0; i--)
        {
            var score = BitConverter.UInt32BitsToSingle((uint)(sorted[i] >> 1));
            var positive = (sorted[i] & 1) == 1;
            var error = positive ? 1.0 - score : score;
            _positive[i] = positive ? (byte)1 : (byte)0;
            _startsTie[i] = i == 0 || sorted[i] >> 1 != sorted[i - 1] >> 1;
            _logLoss[i] = BinaryMetrics.LogLossOf(score, positive);
            _squaredError[i] = error * error;
            if (score >= BinaryMetrics.Threshold) _cut = i;
        }
    }

    public int Rows => _positive.Length;

    public ReadOnlySpan<int> Order => _order;

    public IReadOnlyDictionary<string, double> Measure(ReadOnlySpan<byte> weights)
    {
        var sums = default(Sums);
        Add(weights, 0, _cut, ref sums);
        var (negativesBelow, positivesBelow) = (sums.Negatives, sums.Positives);
        Add(weights, _cut, Rows, ref sums);
        var rows = sums.Positives + sums.Negatives;
        var confusion = new BinaryConfusion(sums.Positives - positivesBelow, sums.Negatives - negativesBelow, positivesBelow, negativesBelow);
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            [MetricNames.Auc] = sums.TwiceArea / (2.0 * sums.Positives * sums.Negatives),
            [MetricNames.LogLoss] = sums.LogLoss / rows,
            [MetricNames.Brier] = sums.SquaredError / rows,
            [MetricNames.Accuracy] = confusion.Accuracy,
            [MetricNames.Precision] = confusion.Precision,
            [MetricNames.Recall] = confusion.Recall,
            [MetricNames.F1] = confusion.F1,
        };
    }

    // No tie reaches across the cut: equal scores lie on the same side of the threshold.
    private void Add(ReadOnlySpan<byte> weights, int from, int to, ref Sums sums)
    {
        var (positives, negatives, tiedNegatives) = (sums.Positives, sums.Negatives, 0L);
        var (twiceArea, logLoss, squaredError) = (sums.TwiceArea, sums.LogLoss, sums.SquaredError);
        var (positive, startsTie, logLosses, squaredErrors) = (_positive, _startsTie, _logLoss, _squaredError);
        long tiedPositives = 0;
        for (var i = from; i < to; i++)
        {
            if (startsTie[i])
            {
                twiceArea += (double)tiedPositives * (2 * negatives + tiedNegatives);
                (positives, negatives) = (positives + tiedPositives, negatives + tiedNegatives);
                (tiedPositives, tiedNegatives) = (0, 0);
            }
            var weight = weights[i];
            var weightOfPositive = weight * positive[i];
            tiedPositives += weightOfPositive;
            tiedNegatives += weight - weightOfPositive;
            logLoss += weight * logLosses[i];
            squaredError += weight * squaredErrors[i];
        }
        twiceArea += (double)tiedPositives * (2 * negatives + tiedNegatives);
        sums = new(positives + tiedPositives, negatives + tiedNegatives, twiceArea, logLoss, squaredError);
    }

    private readonly record struct Sums(long Positives, long Negatives, double TwiceArea, double LogLoss, double SquaredError);
}
