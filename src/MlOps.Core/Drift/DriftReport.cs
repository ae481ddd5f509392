namespace MlOps.Core.Drift;

/// <summary>How a dataset differs from a reference.</summary>
public sealed record DriftReport
{
    /// <summary>Rows of the reference.</summary>
    public required long ReferenceRows { get; init; }

    /// <summary>Rows of the dataset that is compared with it.</summary>
    public required long CurrentRows { get; init; }

    /// <summary>Every compared column, in the order of the specification.</summary>
    public required IReadOnlyList<ColumnDrift> Columns { get; init; }

    /// <summary>Share of columns that have drifted, in [0, 1].</summary>
    public required double DriftedShare { get; init; }

    /// <summary>Whether the dataset as a whole has drifted.</summary>
    public required bool Drifted { get; init; }
}

/// <summary>How one column differs from the reference.</summary>
public sealed record ColumnDrift
{
    /// <summary>The column; for texts also what of it is compared: <c>comment (length)</c>.</summary>
    public required string Column { get; init; }

    /// <summary>The measure that was used.</summary>
    public required DriftMethod Method { get; init; }

    /// <summary>The distance, or the test's effect. NaN where a side has no values.</summary>
    public required double Value { get; init; }

    /// <summary>The test's p-value; <see langword="null"/> for distances.</summary>
    public double? PValue { get; init; }

    /// <summary>From where on <see cref="Value"/> means drift.</summary>
    public required double Threshold { get; init; }

    /// <summary>Share of missing values in the reference.</summary>
    public required double ReferenceMissing { get; init; }

    /// <summary>Share of missing values in the dataset.</summary>
    public required double CurrentMissing { get; init; }

    /// <summary>Whether the column has drifted.</summary>
    public required bool Drifted { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Detail { get; init; }
}
