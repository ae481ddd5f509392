namespace MlOps.Data.Drift;

/// <summary>Corrects for many tests at once: of the alarms that remain, at most the given share is expected to be false.</summary>
/// <remarks>Benjamini and Hochberg, "Controlling the false discovery rate" (1995).</remarks>
internal static class BenjaminiHochberg
{
    /// <summary>Adjusted p-values: a test is an alarm at rate q when its adjusted value is at most q.</summary>
    public static double[] Adjust(IReadOnlyList<double> pValues)
    {
        var order = Enumerable.Range(0, pValues.Count).OrderByDescending(i => pValues[i]).ToList();
        var adjusted = new double[pValues.Count];
        var smallest = 1.0;
        for (var rank = pValues.Count; rank > 0; rank--)
        {
            var i = order[pValues.Count - rank];
            smallest = Math.Min(smallest, pValues[i] * pValues.Count / rank);
            adjusted[i] = smallest;
        }
        return adjusted;
    }
}
