namespace MlOps.Core.Datasets;

/// <summary>What validation found in a dataset version, with samples of the rows that it set apart; <c>validation.json</c>.</summary>
public sealed record ValidationReport
{
    /// <summary>Name of the dataset: the pipeline's.</summary>
    public required string Dataset { get; init; }

    /// <summary>64 hexadecimal digits.</summary>
    public required string Version { get; init; }

    /// <summary>When it was written, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What validation says.</summary>
    public required ValidationVerdict Verdict { get; init; }

    /// <summary>Rows that were set apart, at most a few for each reason; all of them are in <c>rows.parquet</c>.</summary>
    public required IReadOnlyList<QuarantinedRow> Samples { get; init; }

    /// <summary>Whether there is anything to look into: rows set apart, or a check that is not met.</summary>
    public static bool IsNeeded(ValidationVerdict verdict) => verdict.Quarantined > 0 || verdict.Checks.Any(c => !c.Passed);
}

/// <summary>A row that was set apart.</summary>
/// <param name="File">The file that it came from.</param>
/// <param name="Row">Its data row in that file, from 1.</param>
/// <param name="Reasons">The rules that it breaks.</param>
/// <param name="Values">Its values by column, as text and cut after 200 characters; <see langword="null"/>: missing.</param>
public sealed record QuarantinedRow(string File, long Row, IReadOnlyList<string> Reasons, IReadOnlyDictionary<string, string?> Values);
