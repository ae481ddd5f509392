namespace MlOps.Benchmarks;

/// <summary>Percentiles of measured times, by nearest rank.</summary>
internal sealed class Percentiles(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    public double this[double percent] => Math.Round(_sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * _sorted.Length) - 1, 0, _sorted.Length - 1)], 3);
}
