using System.Text.Json.Serialization;

namespace MlOps.Core.Specification;

/// <summary>A check of a dataset. A closed set: the records of this file.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "check")]
[JsonDerivedType(typeof(RowsCheck), "rows")]
[JsonDerivedType(typeof(MissingCheck), "missing")]
[JsonDerivedType(typeof(QuarantinedCheck), "quarantined")]
[JsonDerivedType(typeof(UniqueCheck), "unique")]
[JsonDerivedType(typeof(FreshnessCheck), "freshness")]
[JsonDerivedType(typeof(BalanceCheck), "balance")]
[JsonDerivedType(typeof(QuantileCheck), "quantile")]
[JsonDerivedType(typeof(MonotonicCheck), "monotonic")]
[JsonDerivedType(typeof(OutliersCheck), "outliers")]
[JsonDerivedType(typeof(SqlCheck), "sql")]
[JsonDerivedType(typeof(DriftCheck), "drift")]
[JsonDerivedType(typeof(CorrelationCheck), "correlation")]
[JsonDerivedType(typeof(LeakageCheck), "leakage")]
public abstract record CheckSpec
{
    /// <summary>What a dataset that does not meet the check means. Default: it fails.</summary>
    public CheckSeverity Severity { get; init; } = CheckSeverity.Fail;
}

/// <summary>What a check that is not met means.</summary>
public enum CheckSeverity
{
    /// <summary>The dataset does not pass: nothing is trained on it.</summary>
    Fail,

    /// <summary>It is reported, and the dataset passes.</summary>
    Warn,
}

/// <summary>Number of kept rows.</summary>
/// <param name="Min">Fewest, inclusive; <see langword="null"/>: no bound.</param>
/// <param name="Max">Most, inclusive; <see langword="null"/>: no bound.</param>
public sealed record RowsCheck(long? Min, long? Max) : CheckSpec;

/// <summary>Share of missing values of one column, before quarantine.</summary>
/// <param name="Column">A declared column.</param>
/// <param name="Max">Largest share, in [0, 1].</param>
public sealed record MissingCheck(string Column, double Max) : CheckSpec;

/// <summary>Share of rows that were quarantined.</summary>
/// <param name="Max">Largest share, in [0, 1].</param>
public sealed record QuarantinedCheck(double Max) : CheckSpec;

/// <summary>No two kept rows agree in all of the columns.</summary>
/// <param name="Columns">Declared columns, at least one; rows where all of them are missing count too.</param>
public sealed record UniqueCheck(IReadOnlyList<string> Columns) : CheckSpec;

/// <summary>The newest kept time stamp is recent.</summary>
/// <param name="Column">A declared timestamp or date column.</param>
/// <param name="MaxAge">Longest time from then to now.</param>
public sealed record FreshnessCheck(string Column, TimeSpan MaxAge) : CheckSpec;

/// <summary>No value of a column is too rare among the kept rows.</summary>
/// <param name="Column">A declared column of few values: a class, a flag.</param>
/// <param name="Min">Smallest share of its rarest value, in (0, 1); missing values do not count.</param>
public sealed record BalanceCheck(string Column, double Min) : CheckSpec;

/// <summary>A quantile of a column of numbers, among the kept rows, lies where it should.</summary>
/// <param name="Column">A declared column of numbers.</param>
/// <param name="At">Probability, in [0, 1]: 0.5 for the median.</param>
/// <param name="Min">Smallest, inclusive; <see langword="null"/>: no bound.</param>
/// <param name="Max">Largest, inclusive; <see langword="null"/>: no bound.</param>
public sealed record QuantileCheck(string Column, double At, double? Min, double? Max) : CheckSpec;

/// <summary>Values never fall from one kept row to the next, in the order of the files.</summary>
/// <param name="Column">A declared column of numbers or times.</param>
public sealed record MonotonicCheck(string Column) : CheckSpec;

/// <summary>Share of outliers among the kept values of a column of numbers, or among rows by several such columns together.</summary>
/// <param name="Columns">Declared columns of numbers: one, or with <see cref="OutlierMethod.Isolation"/> any number.</param>
/// <param name="Max">Largest share, in [0, 1].</param>
/// <param name="Method">What an outlier is.</param>
public sealed record OutliersCheck(IReadOnlyList<string> Columns, double Max, OutlierMethod Method) : CheckSpec;

/// <summary>What an outlier is.</summary>
public enum OutlierMethod
{
    /// <summary>More than 1.5 interquartile ranges outside the quartiles (Tukey's fences).</summary>
    Iqr,

    /// <summary>More than three standard deviations from the mean.</summary>
    ZScore,

    /// <summary>Easy to isolate by random cuts: an anomaly score of 0.6 or more in an isolation forest (Liu, Ting and Zhou, 2008).</summary>
    Isolation,
}

/// <summary>
/// A condition that each row must meet, over several columns if need be. With severity fail it is a row rule: rows that break it are
/// treated as <see cref="DataSpec.InvalidRows"/> says. With severity warn they are counted.
/// </summary>
/// <param name="Sql">SQL condition over the columns; a row where it is NULL meets it.</param>
public sealed record SqlCheck(string Sql) : CheckSpec;

/// <summary>The columns are still distributed as in what the dataset is held against. Needs other data than the dataset, so the run evaluates it, not the validator.</summary>
/// <param name="Against">What it is held against.</param>
/// <param name="Max">Largest distance of a column, from 0 to 1; the measure is chosen by the column's type and size.</param>
public sealed record DriftCheck(DriftBaseline Against, double Max) : CheckSpec;

/// <summary>Columns still go together as in what the dataset is held against. Needs other data than the dataset, so the run evaluates it.</summary>
/// <param name="Against">What it is held against.</param>
/// <param name="Max">Largest change of a pair's association, in [0, 2].</param>
public sealed record CorrelationCheck(DriftBaseline Against, double Max) : CheckSpec;

/// <summary>What a dataset is held against.</summary>
public enum DriftBaseline
{
    /// <summary>The data that the model in production was trained on; without one the check is met.</summary>
    Champion,
}

/// <summary>
/// Nothing that the model may learn from gives the answer away. Two parts: before features are built, no input alone tells the label
/// too well; and once examples are divided, few test examples are among those that are trained on. The run evaluates both.
/// </summary>
/// <param name="Max">Largest strength with which one input alone may tell the label, in [0, 1].</param>
/// <param name="MaxShared">Largest share of test examples that training has, too, in [0, 1].</param>
/// <param name="Key">Declared columns that tell rows apart; empty: all columns.</param>
public sealed record LeakageCheck(double Max, double MaxShared, IReadOnlyList<string> Key) : CheckSpec
{
    /// <summary>Default of <see cref="Max"/>: H2O Driverless AI documents to report a feature whose AUC or R² reaches it.</summary>
    public const double DefaultMax = 0.95;

    /// <summary>Default of <see cref="MaxShared"/>: that of Deepchecks' condition on samples that training and test have in common.</summary>
    public const double DefaultMaxShared = 0.05;
}
