using MlOps.Core.Datasets;
using MlOps.Core.Specification;

namespace MlOps.Data.Validation;

/// <summary>Turns measurements into the results of a verdict.</summary>
internal sealed class CheckJudge(CheckContext context, DataSpec spec, IReadOnlyList<DatasetCheck> checks)
{
    private DatasetScan Scan => context.Scan;

    private bool RowsMayBeSetApart => spec.InvalidRows is InvalidRowPolicy.Quarantine;

    /// <summary>Every check: readable rows, then the columns in their order, then conditions on rows, then the checks of the whole.</summary>
    public IEnumerable<CheckResult> All()
    {
        yield return context.Unreadable == 0
            ? new("every row can be read", Passed: true, 0, $"All {Scan.Rows:N0} rows were read.")
            : new("every row can be read", RowsMayBeSetApart, context.Unreadable,
                $"{context.Unreadable:N0} of {context.Total:N0} rows do not convert to the declared types; they are set apart with place and reason.");
        var findings = checks.Zip(Scan.Measures, (check, measures) => (Check: check, Result: check.Judge(context, measures).ToResult(check))).ToList();
        foreach (var column in spec.Columns)
        {
            foreach (var rule in Scan.Rules.Where(r => r.Rule.Column == column)) yield return Judge(rule.Rule, rule.Count);
            foreach (var finding in findings.Where(f => f.Check.BesideColumn == column.Name)) yield return finding.Result;
        }
        foreach (var rule in Scan.Rules.Where(r => r.Rule.Column is null)) yield return Judge(rule.Rule, rule.Count);
        foreach (var finding in findings.Where(f => f.Check.BesideColumn is null)) yield return finding.Result;
        if (Scan.Kept == 0) yield return new("rows >= 1", Passed: false, 0, "No row keeps all rules; compare the rules with the data.");
    }

    private CheckResult Judge(RowRule rule, long count) => count == 0
        ? new(rule.Text, Passed: true, 0, "No row breaks it.")
        : new(rule.Text, RowsMayBeSetApart, count, RowsMayBeSetApart
            ? $"{count:N0} of {Scan.Rows:N0} rows break it and are quarantined, {Scan.Examples[rule.Text]}."
            : $"{count:N0} of {Scan.Rows:N0} rows break it, {Scan.Examples[rule.Text]}. Correct the data, or let data.invalidRows quarantine such rows.");
}
