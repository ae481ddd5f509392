namespace MlOps.Monitoring.ConceptDrift;

/// <summary>
/// Adaptive windowing: keeps as much of a stream's past as has the same mean as its present. Where two parts of the window differ by
/// more than chance allows, the older part goes, and that is a change.
/// </summary>
/// <remarks>
/// Bifet and Gavaldà, Learning from Time-Changing Data with Adaptive Windowing (SDM 2007), ADWIN2: buckets of exponentially growing
/// size, at most five of each, so that memory and time grow with the logarithm of the window; the cut is tested with the bound that
/// knows the variance. As in the authors' implementation the test runs at every 32nd value and needs five values on either side.
/// </remarks>
/// <param name="delta">Bound of the rate of false alarms, in (0, 1).</param>
public sealed class Adwin(double delta)
{
    private const int MostBuckets = 5;
    private const int TestEvery = 32;
    private const int SmallestWindow = 10;
    private const int SmallestPart = 5;

    // Row i holds buckets of 2^i values, the oldest first.
    private readonly List<List<Bucket>> _rows = [[]];
    private long _seen;
    private double _sum;
    private double _squaredDeviations;

    /// <summary>Values in the window.</summary>
    public long Width { get; private set; }

    /// <summary>Mean of the window; 0 before the first value.</summary>
    public double Mean => Width is 0 ? 0 : _sum / Width;

    /// <summary>Takes a value in.</summary>
    /// <returns>Whether the window was cut: the mean has changed.</returns>
    public bool Add(double value)
    {
        Insert(value);
        _seen++;
        return _seen % TestEvery is 0 && Width > SmallestWindow && Cut();
    }

    private void Insert(double value)
    {
        if (Width > 0) _squaredDeviations += Width * (value - Mean) * (value - Mean) / (Width + 1);
        _sum += value;
        Width++;
        _rows[0].Add(new Bucket(value, 0));
        Compress();
    }

    private void Compress()
    {
        for (var row = 0; row < _rows.Count && _rows[row].Count > MostBuckets; row++)
        {
            if (row + 1 == _rows.Count) _rows.Add([]);
            var (first, second, size) = (_rows[row][0], _rows[row][1], 1L << row);
            var difference = (first.Sum - second.Sum) / size;
            _rows[row + 1].Add(new Bucket(first.Sum + second.Sum, first.SquaredDeviations + second.SquaredDeviations + (size * difference * difference / 2)));
            _rows[row].RemoveRange(0, 2);
        }
    }

    private bool Cut()
    {
        var changed = false;
        while (Width > SmallestWindow && HasCut())
        {
            DropOldest();
            changed = true;
        }
        return changed;
    }

    private bool HasCut()
    {
        var (oldCount, oldSum) = (0L, 0.0);
        for (var row = _rows.Count - 1; row >= 0; row--)
        {
            foreach (var bucket in _rows[row])
            {
                oldCount += 1L << row;
                oldSum += bucket.Sum;
                var newCount = Width - oldCount;
                if (newCount < SmallestPart) return false;
                if (oldCount >= SmallestPart && Math.Abs((oldSum / oldCount) - ((_sum - oldSum) / newCount)) > Bound(oldCount, newCount)) return true;
            }
        }
        return false;
    }

    private double Bound(long oldCount, long newCount)
    {
        var confidence = Math.Log(2 * Math.Log(Width) / delta);
        var harmonic = (1.0 / (oldCount - SmallestPart + 1)) + (1.0 / (newCount - SmallestPart + 1));
        var variance = _squaredDeviations / Width;
        return Math.Sqrt(2 * harmonic * variance * confidence) + (2.0 / 3 * confidence * harmonic);
    }

    private void DropOldest()
    {
        var row = _rows.Count - 1;
        var (oldest, size) = (_rows[row][0], 1L << row);
        _rows[row].RemoveAt(0);
        if (_rows[row].Count is 0 && row > 0) _rows.RemoveAt(row);
        Width -= size;
        _sum -= oldest.Sum;
        var difference = (oldest.Sum / size) - Mean;
        _squaredDeviations = Math.Max(0, _squaredDeviations - oldest.SquaredDeviations - (size * Width * difference * difference / (size + Width)));
    }

    /// <summary>Some values: their sum, and the sum of the squared distances from their mean.</summary>
    private readonly record struct Bucket(double Sum, double SquaredDeviations);
}
