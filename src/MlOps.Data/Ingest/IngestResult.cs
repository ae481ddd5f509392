using MlOps.Core.Datasets;

namespace MlOps.Data.Ingest;

/// <summary>What came out of files that arrived.</summary>
public sealed record IngestResult
{
    /// <summary>SHA-256 of the canonical parquet file.</summary>
    public required DatasetVersion Version { get; init; }

    /// <summary>Rows of the canonical file.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that could not be read; they are in <see cref="RejectsPath"/>.</summary>
    public required long UnreadableRows { get; init; }

    /// <summary>Oldest value of the first timestamp or date column, in UTC; <see langword="null"/> without such a column or values.</summary>
    public DateTime? MinTime { get; init; }

    /// <summary>Newest value of the first timestamp or date column, in UTC.</summary>
    public DateTime? MaxTime { get; init; }

    /// <summary>The files, in the order in which their rows follow one another: by name.</summary>
    public required IReadOnlyList<IngestedFile> Files { get; init; }

    /// <summary>Names of files that were left out, since another one of the drop has the same bytes.</summary>
    public IReadOnlyList<string> Repeats { get; init; } = [];

    /// <summary>Names of files that were left out, since they are in the data already.</summary>
    public IReadOnlyList<string> Known { get; init; } = [];

    /// <summary>The canonical file: the declared columns alone, in the declared order and types.</summary>
    public required string DataPath { get; init; }

    /// <summary>
    /// The unreadable rows as parquet, one a row: <c>file, row, line, column, value, reason</c>. Row counts data rows of the file from
    /// 1, line is the line of text where there are lines. <see langword="null"/> when every row could be read.
    /// </summary>
    public string? RejectsPath { get; init; }
}
