using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Validation;

/// <summary>A rule that each row keeps or breaks by itself.</summary>
/// <param name="Text">As people write it: <c>delay in [-120, 1440]</c>.</param>
/// <param name="Column">The column it is about; <see langword="null"/> for a condition over several.</param>
/// <param name="Broken">SQL that is true where a row breaks it, false elsewhere, never NULL.</param>
internal sealed record RowRule(string Text, ColumnSpec? Column, string Broken)
{
    /// <summary>The rules of the declared columns, in their order, then the conditions that fail a row.</summary>
    public static IReadOnlyList<RowRule> Of(DataSpec spec) =>
        [.. spec.Columns.SelectMany(Of), .. spec.Checks.OfType<SqlCheck>().Where(c => c.Severity is CheckSeverity.Fail).Select(Of)];

    /// <summary>A condition as a rule.</summary>
    public static RowRule Of(SqlCheck check) => new(check.Sql, null, $"coalesce(NOT (\n{check.Sql}\n), false)");

    private static IEnumerable<RowRule> Of(ColumnSpec column)
    {
        var name = Sql.Name(column.Name);
        if (column.Required) yield return new($"{column.Name} is required", column, $"({name} IS NULL)");
        if (Range(column, name) is { } range) yield return range;
        if (column.Values is { } values)
        {
            yield return new($"{column.Name} in {{{string.Join(", ", values)}}}", column,
                $"coalesce(CAST({name} AS VARCHAR) NOT IN ({string.Join(", ", values.Select(Sql.Text))}), false)");
        }
        if (column.Pattern is { } pattern)
        {
            yield return new($"{column.Name} matches {pattern}", column,
                $"coalesce(NOT regexp_full_match(CAST({name} AS VARCHAR), {Sql.Text(pattern)}), false)");
        }
    }

    private static RowRule? Range(ColumnSpec column, string name)
    {
        if (column.Min is null && column.Max is null) return null;
        if (column.Type is not (ColumnType.Int or ColumnType.Double))
            throw new ArgumentException($"Column '{column.Name}' is {column.Type}: min and max are for int and double.", nameof(column));
        var tooLow = $"{name} < {Literal(column.Min)}";
        var tooHigh = $"{name} > {Literal(column.Max)}";
        var (text, broken) = (column.Min, column.Max) switch
        {
            ({ } low, { } high) => ($"{column.Name} in [{low}, {high}]", $"{tooLow} OR {tooHigh}"),
            ({ } low, null) => ($"{column.Name} >= {low}", tooLow),
            _ => ($"{column.Name} <= {column.Max}", tooHigh),
        };
        return new(text, column, $"coalesce({broken}, false)");
    }

    // A whole bound stays a whole number, so that 64-bit values compare exactly; others are DOUBLE, not DECIMAL.
    private static string Literal(double? value) => value is { } v && double.IsInteger(v) && Math.Abs(v) < 1L << 53
        ? ((long)v).ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"CAST('{value:R}' AS DOUBLE)");
}
