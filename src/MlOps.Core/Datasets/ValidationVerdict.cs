using System.Text.Json.Serialization;
using MlOps.Core.Specification;

namespace MlOps.Core.Datasets;

/// <summary>What validation says of a dataset.</summary>
public sealed record ValidationVerdict
{
    /// <summary>Whether the dataset may be trained on: no check of severity fail is unmet.</summary>
    public required bool Passed { get; init; }

    /// <summary>Rows that were looked at.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that break no rule.</summary>
    public required long Kept { get; init; }

    /// <summary>Rows set apart, those that could not be read included.</summary>
    public required long Quarantined { get; init; }

    /// <summary>Every check, in the order of the specification.</summary>
    public required IReadOnlyList<CheckResult> Checks { get; init; }

    /// <summary>A person accepted these failures; <see langword="null"/>: nobody did, or others failed.</summary>
    public DatasetAcceptance? Accepted { get; init; }

    /// <summary>Whether the dataset may be trained on: it passed, or a person accepted what failed.</summary>
    [JsonIgnore]
    public bool MayTrain => Passed || Accepted is not null;

    /// <summary>The failed checks, as people write them; warnings left out.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> FailedChecks => [.. Checks.Where(c => c.Fails).Select(c => c.Check)];

    /// <summary>The failed checks in one line for people, warnings left out; empty when passed.</summary>
    public string Reason => string.Join("; ", Checks.Where(c => c.Fails).Select(c => $"{c.Check}: {c.Detail}"));
}

/// <summary>What became of one check.</summary>
/// <param name="Check">The rule as people write it: <c>delay in [-120, 1440]</c>, <c>rows >= 1000</c>.</param>
/// <param name="Passed">Whether the dataset meets it; row rules are met when the offending rows could be quarantined.</param>
/// <param name="Value">The measured value: offending rows, a share, a count.</param>
/// <param name="Detail">One sentence: what was found, an example with its row and value, and what to do.</param>
public sealed record CheckResult(string Check, bool Passed, double Value, string Detail)
{
    /// <summary>What it means when the dataset does not meet the check.</summary>
    public CheckSeverity Severity { get; init; } = CheckSeverity.Fail;

    /// <summary>Whether this check alone keeps the dataset from being trained on.</summary>
    [JsonIgnore]
    public bool Fails => !Passed && Severity is CheckSeverity.Fail;
}
