namespace MlOps.Data.Sandbox;

/// <summary>An SQL expression of a pipeline cannot be used.</summary>
/// <example>features.inputs.hour: 'hour(dat)', column 6: there is no column 'dat'. Did you mean 'date'?</example>
/// <param name="owner">What the expression belongs to: <c>features.inputs.hour</c>.</param>
/// <param name="sql">The expression as written.</param>
/// <param name="column">Where in it the problem begins, in characters from 1; 0 where unknown.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="remedy">What to do.</param>
public sealed class ExpressionException(string owner, string sql, int column, string problem, string remedy)
    : Exception($"{owner}: '{sql}'{(column > 0 ? $", column {column}" : "")}: {problem} {remedy}")
{
    /// <summary>What the expression belongs to.</summary>
    public string Owner { get; } = owner;

    /// <summary>The expression as written.</summary>
    public string Sql { get; } = sql;

    /// <summary>Where in it the problem begins, in characters from 1; 0 where unknown.</summary>
    public int Column { get; } = column;
}
