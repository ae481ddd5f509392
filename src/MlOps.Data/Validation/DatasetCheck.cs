using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Validation;

/// <summary>One check of the dataset as a whole: what it measures in the common scan, and what it makes of that.</summary>
/// <param name="Text">The check as people write it.</param>
/// <param name="Aggregates">SQL aggregates over all rows.</param>
/// <param name="Judge">From their values to a judgement.</param>
internal sealed record DatasetCheck(string Text, IReadOnlyList<string> Aggregates, Func<CheckContext, IReadOnlyList<object?>, CheckFinding> Judge)
{
    /// <summary>What it means when the check is not met.</summary>
    public CheckSeverity Severity { get; init; } = CheckSeverity.Fail;

    /// <summary>The column whose rules it stands beside; <see langword="null"/>: after all columns.</summary>
    public string? BesideColumn { get; init; }

    /// <summary>The checks of a specification: limits of columns, then the checks in their order.</summary>
    /// <param name="spec">The specification.</param>
    /// <param name="time">The clock for freshness.</param>
    public static IReadOnlyList<DatasetCheck> Of(DataSpec spec, TimeProvider time)
    {
        var kept = RowRules.Predicate(spec);
        return
        [
            .. spec.Columns.Where(c => c.MaxDistinct is not null).Select(c => CountChecks.Distinct(c, kept)),
            // Row rules have their own place; what needs other data, or the label, the run evaluates.
            .. spec.Checks.Where(c => c is not (SqlCheck { Severity: CheckSeverity.Fail } or DriftCheck or CorrelationCheck or LeakageCheck)).Select(c => Of(c, spec, kept, time) with { Severity = c.Severity }),
        ];
    }

    private static DatasetCheck Of(CheckSpec check, DataSpec spec, string kept, TimeProvider time) => check switch
    {
        RowsCheck rows => CountChecks.Rows(rows),
        MissingCheck missing => CountChecks.Missing(missing),
        QuarantinedCheck quarantined => CountChecks.Quarantined(quarantined),
        UniqueCheck unique => CountChecks.Unique(unique, kept),
        SqlCheck condition => CountChecks.Condition(condition),
        FreshnessCheck freshness => ShapeChecks.Freshness(freshness, kept, time),
        QuantileCheck quantile => ShapeChecks.Quantile(quantile, kept),
        OutliersCheck { Method: OutlierMethod.Isolation } outliers => IsolationCheck.Of(outliers, kept),
        OutliersCheck outliers => ShapeChecks.Outliers(outliers, kept),
        BalanceCheck balance => ShapeChecks.Balance(balance, kept),
        MonotonicCheck monotonic => ShapeChecks.Monotonic(monotonic, kept),
        _ => throw new NotSupportedException($"Check {check.GetType().Name} is not known here ({spec.Columns.Count} columns)."),
    };
}

/// <summary>What a check found.</summary>
/// <param name="Passed">Whether it is met.</param>
/// <param name="Value">The measured value.</param>
/// <param name="Detail">One sentence.</param>
internal sealed record CheckFinding(bool Passed, double Value, string Detail)
{
    /// <summary>The finding as a result of the verdict.</summary>
    public CheckResult ToResult(DatasetCheck check) => new(check.Text, Passed, Value, Detail) { Severity = check.Severity };
}

/// <summary>What a check may ask beyond its own measures.</summary>
/// <param name="Connection">The connection, for checks that need a second look.</param>
/// <param name="Source">SQL of the dataset.</param>
/// <param name="Scan">What the common scan found.</param>
/// <param name="Unreadable">Rows that never made it into the dataset.</param>
/// <param name="CancellationToken">Stops the work.</param>
internal sealed record CheckContext(DuckDbConnection Connection, string Source, DatasetScan Scan, long Unreadable, CancellationToken CancellationToken)
{
    /// <summary>All rows that arrived.</summary>
    public long Total => Scan.Rows + Unreadable;
}
