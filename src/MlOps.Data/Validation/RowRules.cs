using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Validation;

/// <summary>The row-level rules of a dataset as SQL, so that features can leave out broken rows without a copy of the data.</summary>
internal static class RowRules
{
    /// <summary>
    /// SQL over the declared columns that is true for a row that breaks no rule, false for others, never NULL. It holds the pipeline's
    /// own conditions: <see cref="Guard"/> comes first, on a locked connection.
    /// </summary>
    /// <exception cref="ArgumentException">A column has a rule that does not go with its type.</exception>
    public static string Predicate(DataSpec spec)
    {
        var rules = RowRule.Of(spec);
        return rules.Count == 0 ? "true" : $"NOT ({string.Join(" OR ", rules.Select(r => r.Broken))})";
    }

    /// <summary>Judges the conditions that the pipeline brings.</summary>
    /// <param name="connection">A locked connection.</param>
    /// <param name="source">SQL of the dataset.</param>
    /// <param name="spec">The rules.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ExpressionException">A condition cannot be used, or is no condition.</exception>
    public static void Guard(DuckDbConnection connection, string source, DataSpec spec, CancellationToken cancellationToken)
    {
        var parser = new ExpressionParser(connection);
        var types = new ExpressionTypes(connection, source);
        foreach (var (check, i) in spec.Checks.Select((c, i) => (c as SqlCheck, i)).Where(c => c.Item1 is not null))
        {
            var owner = $"data.checks[{i}].sql";
            var type = types.TypeOf(owner, parser.Parse(owner, check!.Sql, [.. spec.Columns.Select(c => c.Name)]), cancellationToken);
            if (type is not "BOOLEAN")
                throw new ExpressionException(owner, check.Sql, 0, $"it is of type {type}, no condition.", "Compare, such as distance > 0.");
        }
    }
}
