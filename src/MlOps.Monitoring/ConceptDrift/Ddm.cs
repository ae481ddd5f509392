namespace MlOps.Monitoring.ConceptDrift;

/// <summary>
/// Drift detection method: while a model stays right about its world, its error rate falls or stays; when the rate rises three
/// standard deviations above its lowest point, the world has changed.
/// </summary>
/// <remarks>Gama, Medas, Castillo and Rodrigues, Learning with Drift Detection (SBIA 2004). The first 30 values only warm up.</remarks>
public sealed class Ddm
{
    private const int WarmUp = 30;
    private const double WarningDeviations = 2;
    private const double DriftDeviations = 3;

    private long _count;
    private long _errors;
    private double _lowestRate = double.PositiveInfinity;
    private double _lowestDeviation = double.PositiveInfinity;

    /// <summary>Whether the rate is two standard deviations above its lowest point.</summary>
    public bool IsWarning { get; private set; }

    /// <summary>Share of errors since the last change.</summary>
    public double Mean => _count is 0 ? 0 : (double)_errors / _count;

    /// <summary>Takes a prediction in.</summary>
    /// <param name="isError">Whether it was wrong.</param>
    /// <returns>Whether there was a change; the method then starts anew.</returns>
    public bool Add(bool isError)
    {
        _count++;
        if (isError) _errors++;
        IsWarning = false;
        if (_count <= WarmUp) return false;

        var rate = Mean;
        var deviation = Math.Sqrt(rate * (1 - rate) / _count);
        if (rate + deviation <= _lowestRate + _lowestDeviation) (_lowestRate, _lowestDeviation) = (rate, deviation);
        IsWarning = rate + deviation > _lowestRate + (WarningDeviations * _lowestDeviation);
        if (rate + deviation <= _lowestRate + (DriftDeviations * _lowestDeviation)) return false;
        (_count, _errors, _lowestRate, _lowestDeviation, IsWarning) = (0, 0, double.PositiveInfinity, double.PositiveInfinity, false);
        return true;
    }
}
