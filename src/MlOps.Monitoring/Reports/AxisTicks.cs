namespace MlOps.Monitoring.Reports;

/// <summary>Where an axis of a chart is marked: round numbers, steps of 1, 2 or 5 times a power of ten.</summary>
public static class AxisTicks
{
    private static readonly double[] s_steps = [1, 2, 5, 10];

    /// <summary>The marks between two values, ascending.</summary>
    /// <param name="min">Lower end.</param>
    /// <param name="max">Upper end, above <paramref name="min"/>.</param>
    /// <param name="wanted">About how many.</param>
    public static IEnumerable<double> Between(double min, double max, int wanted)
    {
        var raw = (max - min) / wanted;
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        // Ten times the power of ten below is at times a hair short of the next one.
        var step = s_steps.Select(f => f * magnitude).First(s => s >= raw * 0.999);
        for (var value = Math.Ceiling(min / step) * step; value <= max; value += step) yield return Math.Abs(value) < step / 1000 ? 0 : value;
    }
}
