using MlOps.Core.Specification;

namespace MlOps.Core.Datasets;

/// <summary>What a dataset version looks like; <c>profile.json</c>.</summary>
public sealed record DatasetProfile
{
    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that equal an earlier row in every column.</summary>
    public required long DuplicateRows { get; init; }

    /// <summary>The columns, in the declared order.</summary>
    public required IReadOnlyList<ColumnProfile> Columns { get; init; }

    /// <summary>Which columns are missing together, most frequent first, at most 20; the empty list stands for complete rows.</summary>
    public required IReadOnlyList<MissingPattern> MissingPatterns { get; init; }

    /// <summary>Rows per hour, day or month of the first time column; empty without one.</summary>
    public required IReadOnlyList<TimeBucket> TimeCoverage { get; init; }

    /// <summary>How strongly columns go together, strongest first, measured on up to <see cref="AssociationRows"/> evenly spread rows.</summary>
    public required IReadOnlyList<Association> Associations { get; init; }

    /// <summary>Rows that <see cref="Associations"/> were measured on.</summary>
    public required long AssociationRows { get; init; }
}

/// <summary>One column.</summary>
public sealed record ColumnProfile
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its declared type.</summary>
    public required ColumnType Type { get; init; }

    /// <summary>Missing values.</summary>
    public required long Missing { get; init; }

    /// <summary>Distinct values: exact for texts and truth values, a HyperLogLog estimate (some 10 to 20 % off) for the others.</summary>
    public required long Distinct { get; init; }

    /// <summary>Numbers in numbers; <see langword="null"/> for other types or without values.</summary>
    public NumberProfile? Numbers { get; init; }

    /// <summary>Smallest value as text: numbers, times, texts in ordinal order. <see langword="null"/> without values.</summary>
    public string? Min { get; init; }

    /// <summary>Largest value as text.</summary>
    public string? Max { get; init; }

    /// <summary>The most frequent values, at most 20; texts and truth values only.</summary>
    public IReadOnlyList<ValueCount> TopValues { get; init; } = [];
}

/// <summary>A column of numbers.</summary>
public sealed record NumberProfile
{
    /// <summary>Mean.</summary>
    public required double Mean { get; init; }

    /// <summary>Standard deviation of the sample; NaN for one value.</summary>
    public required double Deviation { get; init; }

    /// <summary>Skewness, corrected for bias; NaN for fewer than three values or no spread.</summary>
    public required double Skewness { get; init; }

    /// <summary>Excess kurtosis, corrected for bias; NaN for fewer than four values or no spread.</summary>
    public required double Kurtosis { get; init; }

    /// <summary>Quantiles by t-digest, keyed by probability as text: <c>0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99</c>.</summary>
    public required IReadOnlyDictionary<string, double> Quantiles { get; init; }

    /// <summary>Values more than 1.5 interquartile ranges outside the quartiles (Tukey's fences).</summary>
    public required long Outliers { get; init; }

    /// <summary>Bins of equal width between Tukey's fences (or the extremes, where those are nearer); values outside are in the end bins.</summary>
    public required IReadOnlyList<HistogramBin> Histogram { get; init; }
}

/// <summary>One bin of a histogram.</summary>
/// <param name="From">Lower end, inclusive.</param>
/// <param name="To">Upper end.</param>
/// <param name="Count">Values.</param>
public sealed record HistogramBin(double From, double To, long Count);

/// <summary>A value and how often it occurs.</summary>
/// <param name="Value">The value as text.</param>
/// <param name="Count">Its occurrences.</param>
public sealed record ValueCount(string Value, long Count);

/// <summary>Columns that are missing in the same rows.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">Rows in which exactly these are missing.</param>
public sealed record MissingPattern(IReadOnlyList<string> Columns, long Rows);

/// <summary>Rows of one stretch of time.</summary>
/// <param name="From">Its beginning, in UTC.</param>
/// <param name="Rows">Its rows.</param>
public sealed record TimeBucket(DateTime From, long Rows);

/// <summary>How strongly two columns go together.</summary>
/// <param name="Left">One column.</param>
/// <param name="Right">The other.</param>
/// <param name="Measure">The measure.</param>
/// <param name="Value">Pearson, Spearman: in [-1, 1]; Cramér's V, correlation ratio: in [0, 1].</param>
public sealed record Association(string Left, string Right, AssociationMeasure Measure, double Value);

/// <summary>A measure of association.</summary>
public enum AssociationMeasure
{
    /// <summary>Linear correlation of two numbers.</summary>
    Pearson,

    /// <summary>Correlation of the ranks of two numbers.</summary>
    Spearman,

    /// <summary>√(χ²/(n·(k−1))) of two categories.</summary>
    CramersV,

    /// <summary>Share of a number's spread that a category explains, as a root: η.</summary>
    CorrelationRatio,
}
