using System.Text.Json;

namespace MlOps.Data.Sandbox;

/// <summary>
/// One SQL expression that turns one row into one value: known to parse as exactly that, to read only columns that exist, and to
/// call only functions that give the same answer every time.
/// </summary>
/// <param name="Sql">The expression as written; safe to place between parentheses, each on a line of its own.</param>
/// <param name="Columns">The columns it reads, by their declared names, in the order of the declaration.</param>
/// <param name="Tree">Its syntax tree, as DuckDB's parser writes it.</param>
internal sealed record ScalarExpression(string Sql, IReadOnlyList<string> Columns, JsonElement Tree)
{
    /// <summary>The expression as a part of a larger one. The line breaks end a comment that the expression may end with.</summary>
    public string Embedded => $"(\n{Sql}\n)";
}
