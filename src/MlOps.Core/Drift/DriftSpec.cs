namespace MlOps.Core.Drift;

/// <summary>How two datasets are compared, and from where on a difference is drift.</summary>
public sealed record DriftSpec
{
    /// <summary>The measure. Default: chosen by each column's type and the number of reference rows.</summary>
    public DriftMethod Method { get; init; } = DriftMethod.Auto;

    /// <summary>Largest distance that is no drift, for measures that are distances. Default: 0.1.</summary>
    public double MaxDistance { get; init; } = 0.1;

    /// <summary>Expected share of false alarms among alarms, for measures that are tests (Benjamini and Hochberg, 1995). In (0, 1). Default: 0.05.</summary>
    public double FalseDiscoveryRate { get; init; } = 0.05;

    /// <summary>
    /// Smallest effect that a test must show besides its significance, so that many rows do not alarm on nothing: D of
    /// Kolmogorov–Smirnov, Cramér's V of chi-square, the difference of two shares. Default: 0.1.
    /// </summary>
    public double MinEffect { get; init; } = 0.1;

    /// <summary>Largest change of a column's share of missing values that is no drift. Default: 0.1.</summary>
    public double MaxMissingChange { get; init; } = 0.1;

    /// <summary>Share of drifted columns from which on the dataset as a whole has drifted, in (0, 1]. Default: 0.5.</summary>
    public double DatasetShare { get; init; } = 0.5;
}

/// <summary>A measure of the difference between two samples of a column.</summary>
public enum DriftMethod
{
    /// <summary>
    /// Up to 1,000 reference rows: Kolmogorov–Smirnov for numbers, chi-square for categories, a test of two shares where there are two
    /// values. Above: Wasserstein for numbers, Jensen–Shannon for categories. Numbers with at most five distinct values are categories.
    /// </summary>
    Auto,

    /// <summary>Two-sample Kolmogorov–Smirnov test; numbers.</summary>
    KolmogorovSmirnov,

    /// <summary>Wasserstein-1 distance in standard deviations of the reference; numbers.</summary>
    Wasserstein,

    /// <summary>Population stability index; numbers by deciles of the reference, categories by value.</summary>
    PopulationStability,

    /// <summary>Jensen–Shannon distance, base 2, in [0, 1]; numbers by deciles of the reference, categories by value.</summary>
    JensenShannon,

    /// <summary>Chi-square test of the table of value against dataset; categories.</summary>
    ChiSquare,

    /// <summary>Total variation distance, in [0, 1]; categories.</summary>
    TotalVariation,

    /// <summary>Test of two shares; categories with two values.</summary>
    TwoShares,
}
