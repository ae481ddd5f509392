namespace MlOps.Data.Drift;

/// <summary>Wasserstein-1 ("earth mover's") distance: the area between two empirical distribution functions.</summary>
internal static class Wasserstein
{
    // Below this a reference does not vary, and the distance is taken as it is; the bound is Evidently's.
    private const double SmallestDeviation = 0.001;

    /// <summary>The distance in the unit of the values.</summary>
    public static double Distance(NumberSamples samples)
    {
        double area = 0;
        long reference = 0, current = 0;
        for (var i = 0; i + 1 < samples.Values.Count; i++)
        {
            reference += samples.Reference[i];
            current += samples.Current[i];
            var height = Math.Abs(((double)reference / samples.ReferenceCount) - ((double)current / samples.CurrentCount));
            area += height * (samples.Values[i + 1] - samples.Values[i]);
        }
        return area;
    }

    /// <summary>The distance in standard deviations of the reference.</summary>
    public static double Normed(NumberSamples samples) => Distance(samples) / Math.Max(samples.ReferenceDeviation(), SmallestDeviation);
}
