using MlOps.Core.Datasets;
using MlOps.Core.Specification;

namespace MlOps.Data.Validation;

/// <summary>Turns measurements into judgements.</summary>
internal sealed class CheckJudge(DatasetScan scan, DataSpec spec, long unreadable)
{
    private long Total => scan.Rows + unreadable;

    private long Kept => scan.Rows - scan.Broken;

    private bool RowsMayBeSetApart => spec.InvalidRows is InvalidRowPolicy.Quarantine;

    /// <summary>Every check: readable rows, then the columns in their order, then the checks of the whole.</summary>
    public IEnumerable<CheckResult> All()
    {
        yield return unreadable == 0
            ? new("every row can be read", Passed: true, 0, $"All {scan.Rows:N0} rows were read.")
            : new("every row can be read", RowsMayBeSetApart, unreadable,
                $"{unreadable:N0} of {Total:N0} rows do not convert to the declared types; they are set apart with place and reason.");
        foreach (var column in spec.Columns)
        {
            foreach (var rule in scan.Rules.Where(r => r.Rule.Column == column)) yield return Judge(rule.Rule, rule.Count);
            if (column.MaxDistinct is { } most) yield return JudgeDistinct(column.Name, most);
        }
        foreach (var check in spec.Checks) yield return Judge(check);
        if (Kept == 0) yield return new("rows >= 1", Passed: false, 0, "No row keeps all rules; compare the rules with the data.");
    }

    private CheckResult Judge(RowRule rule, long count) => count == 0
        ? new(rule.Text, Passed: true, 0, "No row breaks it.")
        : new(rule.Text, RowsMayBeSetApart, count, RowsMayBeSetApart
            ? $"{count:N0} of {scan.Rows:N0} rows break it and are quarantined, {scan.Examples[rule.Text]}."
            : $"{count:N0} of {scan.Rows:N0} rows break it, {scan.Examples[rule.Text]}. Correct the data, or let data.invalidRows quarantine such rows.");

    private CheckResult JudgeDistinct(string column, long most)
    {
        var found = scan.Distinct[column];
        return new($"{column} has at most {most} distinct values", found <= most, found, found <= most
            ? $"It has {found:N0}."
            : $"It has {found:N0}; raise maxDistinct if that is right, or look for misspelt values.");
    }

    private CheckResult Judge(CheckSpec check) => check switch
    {
        RowsCheck rows => JudgeRows(rows),
        MissingCheck missing => JudgeMissing(missing),
        QuarantinedCheck quarantined => JudgeQuarantined(quarantined),
        _ => throw new NotSupportedException($"Check {check.GetType().Name} is not known here."),
    };

    private CheckResult JudgeRows(RowsCheck check)
    {
        var text = (check.Min, check.Max) switch
        {
            (not null, not null) => $"rows in [{check.Min}, {check.Max}]",
            (null, not null) => $"rows <= {check.Max}",
            _ => $"rows >= {check.Min ?? 0}",
        };
        var passed = Kept >= (check.Min ?? 0) && Kept <= (check.Max ?? long.MaxValue);
        return new(text, passed, Kept, passed ? $"{Kept:N0} rows are kept." : $"{Kept:N0} of {Total:N0} rows are kept; see whether the drop is complete.");
    }

    private CheckResult JudgeMissing(MissingCheck check)
    {
        var count = scan.Missing[check.Column];
        var share = scan.Rows == 0 ? 0 : (double)count / scan.Rows;
        return new($"missing {check.Column} <= {check.Max}", share <= check.Max, share,
            $"{count:N0} of {scan.Rows:N0} values are missing ({share:P2}){(share <= check.Max ? "." : "; see what the source leaves out.")}");
    }

    private CheckResult JudgeQuarantined(QuarantinedCheck check)
    {
        var count = scan.Broken + unreadable;
        var share = Total == 0 ? 0 : (double)count / Total;
        return new($"quarantined <= {check.Max}", share <= check.Max, share,
            $"{count:N0} of {Total:N0} rows are set apart ({share:P2}){(share <= check.Max ? "." : "; see their reasons in the quarantine file.")}");
    }
}
