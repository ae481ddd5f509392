using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Validation;

/// <summary>Checks that count rows or values.</summary>
internal static class CountChecks
{
    /// <summary>Number of kept rows.</summary>
    public static DatasetCheck Rows(RowsCheck check)
    {
        var text = (check.Min, check.Max) switch
        {
            (not null, not null) => $"rows in [{check.Min}, {check.Max}]",
            (null, not null) => $"rows <= {check.Max}",
            _ => $"rows >= {check.Min ?? 0}",
        };
        return new(text, [], (context, _) =>
        {
            var kept = context.Scan.Kept;
            var passed = kept >= (check.Min ?? 0) && kept <= (check.Max ?? long.MaxValue);
            return new(passed, kept, passed ? $"{kept:N0} rows are kept." : $"{kept:N0} of {context.Total:N0} rows are kept; see whether the drop is complete.");
        });
    }

    /// <summary>Share of missing values.</summary>
    public static DatasetCheck Missing(MissingCheck check) => new(
        string.Create(CultureInfo.InvariantCulture, $"missing {check.Column} <= {check.Max}"),
        [$"count(*) - count({Sql.Name(check.Column)})"],
        (context, measures) => Share((long)measures[0]!, context.Scan.Rows, check.Max, "values are missing", "see what the source leaves out"));

    /// <summary>Share of rows set apart.</summary>
    public static DatasetCheck Quarantined(QuarantinedCheck check) => new(
        string.Create(CultureInfo.InvariantCulture, $"quarantined <= {check.Max}"),
        [],
        (context, _) => Share(context.Scan.Broken + context.Unreadable, context.Total, check.Max, "rows are set apart", "see their reasons in the quarantine file"));

    /// <summary>Most distinct values of a column.</summary>
    public static DatasetCheck Distinct(ColumnSpec column, string kept)
    {
        var most = column.MaxDistinct!.Value;
        return new($"{column.Name} has at most {most} distinct values", [$"count(DISTINCT {Sql.Name(column.Name)}) FILTER (WHERE {kept})"], (_, measures) =>
        {
            var found = (long)measures[0]!;
            return new(found <= most, found, found <= most ? $"It has {found:N0}." : $"It has {found:N0}; raise maxDistinct if that is right, or look for misspelt values.");
        })
        {
            BesideColumn = column.Name,
        };
    }

    /// <summary>No two rows alike.</summary>
    public static DatasetCheck Unique(UniqueCheck check, string kept)
    {
        // Two different keys with one 64-bit hash are rarer than a flipped bit in memory.
        var key = $"hash({string.Join(", ", check.Columns.Select(Sql.Name))})";
        return new($"unique {string.Join(", ", check.Columns)}", [$"count(*) FILTER (WHERE {kept}) - count(DISTINCT {key}) FILTER (WHERE {kept})"], (context, measures) =>
        {
            var repeated = (long)measures[0]!;
            return new(repeated == 0, repeated, repeated == 0
                ? "No two rows agree."
                : $"{repeated:N0} of {context.Scan.Kept:N0} rows repeat an earlier one; see whether something was delivered twice.");
        });
    }

    /// <summary>A condition that is only counted.</summary>
    public static DatasetCheck Condition(SqlCheck check) => new(check.Sql, [$"count(*) FILTER (WHERE {RowRule.Of(check).Broken})"], (context, measures) =>
    {
        var broken = (long)measures[0]!;
        return new(broken == 0, broken, broken == 0 ? "Every row meets it." : $"{broken:N0} of {context.Scan.Rows:N0} rows do not meet it.");
    });

    private static CheckFinding Share(long count, long rows, double max, string what, string remedy)
    {
        var share = rows == 0 ? 0 : (double)count / rows;
        return new(share <= max, share, $"{count:N0} of {rows:N0} {what} ({share:P2}){(share <= max ? "." : $"; {remedy}.")}");
    }
}
