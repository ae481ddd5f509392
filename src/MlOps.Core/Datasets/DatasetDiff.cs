using MlOps.Core.Drift;
using MlOps.Core.Specification;

namespace MlOps.Core.Datasets;

/// <summary>What changed from one dataset version to another.</summary>
public sealed record DatasetDiff
{
    /// <summary>Rows of the old version.</summary>
    public required long OldRows { get; init; }

    /// <summary>Rows of the new version.</summary>
    public required long NewRows { get; init; }

    /// <summary>Rows that only the new version has. With key: whose key only the new version has.</summary>
    public required long Added { get; init; }

    /// <summary>Rows that only the old version has. With key: whose key only the old version has.</summary>
    public required long Removed { get; init; }

    /// <summary>Keys that both versions have, with other values; 0 without key, where a change is one row removed and one added.</summary>
    public required long Changed { get; init; }

    /// <summary>With key: how often each column is among the changes; columns that never changed are left out.</summary>
    public required IReadOnlyDictionary<string, long> ChangedColumns { get; init; }

    /// <summary>Columns that only one version has, or that have another type.</summary>
    public required IReadOnlyList<SchemaChange> Schema { get; init; }

    /// <summary>How the distributions of the common columns changed.</summary>
    public required DriftReport Drift { get; init; }
}

/// <summary>One column that is not the same in both versions.</summary>
/// <param name="Column">The column.</param>
/// <param name="OldType">Its type in the old version; <see langword="null"/>: it was not there.</param>
/// <param name="NewType">Its type in the new version; <see langword="null"/>: it is not there any more.</param>
public sealed record SchemaChange(string Column, ColumnType? OldType, ColumnType? NewType);
