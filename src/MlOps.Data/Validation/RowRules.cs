using MlOps.Core.Specification;

namespace MlOps.Data.Validation;

/// <summary>The row-level rules of a dataset as SQL, so that features can leave out broken rows without a copy of the data.</summary>
public static class RowRules
{
    /// <summary>SQL over the declared columns that is true for a row that breaks no rule, false for others, never NULL.</summary>
    /// <exception cref="ArgumentException">A column has a rule that does not go with its type.</exception>
    public static string Predicate(DataSpec spec)
    {
        var rules = RowRule.Of(spec);
        return rules.Count == 0 ? "true" : $"NOT ({string.Join(" OR ", rules.Select(r => r.Broken))})";
    }
}
