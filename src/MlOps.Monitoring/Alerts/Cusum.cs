namespace MlOps.Monitoring.Alerts;

/// <summary>
/// Finds lasting jumps of a series: sums up how far its values lie from what the first ones let expect, and gives the alarm when
/// the sum is more than chance brings together. After an alarm it learns the new level.
/// </summary>
/// <remarks>Cumulative sums: Page, Continuous Inspection Schemes (1954); two-sided, standardized, with the usual k = 0.5 and h = 5.</remarks>
internal sealed class Cusum
{
    /// <summary>Values that a level is learned from.</summary>
    public const int Baseline = 8;

    private const double Allowance = 0.5;
    private const double Threshold = 5;

    // A series without any noise would give the alarm at the first rounding error.
    private const double SmallestDeviation = 1e-9;
    private const double SmallestShare = 0.01;

    private readonly List<double> _level = [];
    private double _above;
    private double _below;

    /// <summary>Takes a value in.</summary>
    /// <returns>Whether the series has jumped.</returns>
    public bool Add(double value)
    {
        if (_level.Count < Baseline)
        {
            _level.Add(value);
            return false;
        }
        var mean = _level.Average();
        var deviation = Math.Sqrt(_level.Sum(v => (v - mean) * (v - mean)) / (Baseline - 1));
        var distance = (value - mean) / Math.Max(deviation, Math.Max(SmallestDeviation, SmallestShare * Math.Abs(mean)));
        _above = Math.Max(0, _above + distance - Allowance);
        _below = Math.Max(0, _below - distance - Allowance);
        if (Math.Max(_above, _below) <= Threshold) return false;
        _level.Clear();
        (_above, _below) = (0, 0);
        _level.Add(value);
        return true;
    }
}
