using MlOps.Core.Specification;

namespace MlOps.Data.Validation;

/// <summary>The row-level rules of one declared column, for those who count what breaks them.</summary>
public static class ColumnRule
{
    /// <summary>SQL over the column that is true where a value breaks a rule, false elsewhere, never NULL.</summary>
    /// <exception cref="ArgumentException">A rule does not go with the column's type.</exception>
    public static string Broken(ColumnSpec column)
    {
        var rules = RowRule.Of(new DataSpec { Columns = [column] });
        return rules.Count is 0 ? "false" : $"({string.Join(" OR ", rules.Select(r => r.Broken))})";
    }
}
