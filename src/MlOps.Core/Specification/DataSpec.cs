namespace MlOps.Core.Specification;

/// <summary>What the data of a pipeline must look like.</summary>
public sealed record DataSpec
{
    /// <summary>How much history a training set spans, counted back from the newest time stamp; <see langword="null"/>: the newest dataset version alone.</summary>
    public TimeSpan? Window { get; init; }

    /// <summary>How text files are written. Default: comma-separated or alike with a header, UTF-8.</summary>
    public FilesSpec Files { get; init; } = new();

    /// <summary>The declared columns, in the order of the file. Others in the data are left out.</summary>
    public required IReadOnlyList<ColumnSpec> Columns { get; init; }

    /// <summary>Checks of the dataset as a whole.</summary>
    public IReadOnlyList<CheckSpec> Checks { get; init; } = [];

    /// <summary>What a row that breaks a column's rule means. Default: quarantine.</summary>
    public InvalidRowPolicy InvalidRows { get; init; } = InvalidRowPolicy.Quarantine;

    /// <summary>The first column of type timestamp or date; <see langword="null"/> when there is none.</summary>
    public ColumnSpec? TimeColumn => Columns.FirstOrDefault(c => c.Type is ColumnType.Timestamp or ColumnType.Date);
}

/// <summary>One declared column and its row-level rules.</summary>
public sealed record ColumnSpec
{
    /// <summary>Name in the data; any text.</summary>
    public required string Name { get; init; }

    /// <summary>Type of its values.</summary>
    public required ColumnType Type { get; init; }

    /// <summary>Whether a missing value breaks the rule. Default: no.</summary>
    public bool Required { get; init; }

    /// <summary>Smallest allowed number, inclusive.</summary>
    public double? Min { get; init; }

    /// <summary>Largest allowed number, inclusive.</summary>
    public double? Max { get; init; }

    /// <summary>The only allowed texts; <see langword="null"/>: any.</summary>
    public IReadOnlyList<string>? Values { get; init; }

    /// <summary>Regular expression (RE2) that the whole text must match; <see langword="null"/>: any.</summary>
    public string? Pattern { get; init; }

    /// <summary>Most distinct values in a dataset; a check of the column as a whole. <see langword="null"/>: any number.</summary>
    public long? MaxDistinct { get; init; }
}

/// <summary>Type of a declared column.</summary>
public enum ColumnType
{
    /// <summary>UTF-8 text.</summary>
    String,

    /// <summary>64-bit signed integer.</summary>
    Int,

    /// <summary>64-bit floating point.</summary>
    Double,

    /// <summary>True or false.</summary>
    Bool,

    /// <summary>Date and time, microseconds, UTC.</summary>
    Timestamp,

    /// <summary>Calendar date.</summary>
    Date,
}

/// <summary>What happens to rows that break a column's rules.</summary>
public enum InvalidRowPolicy
{
    /// <summary>They are set apart with their reasons, counted, and kept out of training.</summary>
    Quarantine,

    /// <summary>One such row fails the dataset.</summary>
    Fail,
}
