using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Features;

/// <summary>Asks DuckDB what types expressions have, and which of several expressions is the one at fault.</summary>
internal sealed class ExpressionTypes(DuckDbConnection connection, string relation)
{
    /// <summary>The type of an expression's values.</summary>
    /// <param name="owner">What it belongs to, for messages.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ExpressionException">DuckDB cannot make sense of it over these columns.</exception>
    public string TypeOf(string owner, ScalarExpression expression, CancellationToken cancellationToken)
    {
        try
        {
            return connection.Rows($"SELECT column_type FROM (DESCRIBE SELECT {expression.Embedded} AS v FROM {relation})", cancellationToken)[0].Text(0);
        }
        catch (DuckDbException e)
        {
            throw Explain(owner, expression, e);
        }
    }

    /// <summary>After a query over several expressions failed: the error of the one that fails by itself.</summary>
    /// <param name="expressions">The expressions, each with what it belongs to.</param>
    /// <param name="failure">What the query failed with.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public Exception FindCulprit(IEnumerable<(string Owner, ScalarExpression Expression)> expressions, DuckDbException failure, CancellationToken cancellationToken)
    {
        foreach (var (owner, expression) in expressions)
        {
            try
            {
                // The hash keeps DuckDB from skipping the computation.
                connection.Rows($"SELECT bit_xor(hash({expression.Embedded})) FROM {relation}", cancellationToken);
            }
            catch (DuckDbException e)
            {
                return Explain(owner, expression, e);
            }
        }
        return failure;
    }

    private static ExpressionException Explain(string owner, ScalarExpression expression, DuckDbException e) =>
        new(owner, expression.Sql, CaretColumn(e.Message, expression.Sql), $"{e.Summary.TrimEnd('.', '!')}.", "Correct the expression.");

    // DuckDB shows the line at fault and a caret below it; expressions stand on lines of their own.
    private static int CaretColumn(string message, string sql)
    {
        var lines = message.Split('\n');
        for (var i = 0; i + 1 < lines.Length; i++)
        {
            if (!lines[i].StartsWith("LINE ", StringComparison.Ordinal)) continue;
            var text = lines[i].IndexOf(": ", StringComparison.Ordinal) + 2;
            return lines[i][text..] == sql ? lines[i + 1].IndexOf('^', StringComparison.Ordinal) - text + 1 : 0;
        }
        return 0;
    }
}
