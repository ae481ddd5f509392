using System.Text.Json;
using MlOps.Data.Native;

namespace MlOps.Data.Sandbox;

/// <summary>Judges expressions that pipelines bring, by the syntax tree that DuckDB's own parser makes of them.</summary>
internal sealed class ExpressionParser(DuckDbConnection connection)
{
    // What precedes the expression in the parsed text; positions in the tree count from the text's start.
    private const string Before = "SELECT (\n";

    private FunctionCatalog? _functions;

    /// <summary>Reads one expression.</summary>
    /// <param name="owner">What it belongs to, for messages: <c>features.inputs.hour</c>.</param>
    /// <param name="sql">The expression.</param>
    /// <param name="columns">The columns that it may read.</param>
    /// <exception cref="ExpressionException">It is not one expression, reads an unknown column, or calls a function that is not allowed.</exception>
    public ScalarExpression Parse(string owner, string sql, IReadOnlyCollection<string> columns)
    {
        if (string.IsNullOrWhiteSpace(sql)) throw new ExpressionException(owner, sql, 0, "the expression is empty.", "Write one SQL expression.");
        if (sql.Contains('\0', StringComparison.Ordinal))
            throw new ExpressionException(owner, sql.Replace('\0', '?'), 0, "it holds a NUL character.", "Remove it.");

        using var tree = ParseTree(owner, sql, $"{Before}{sql}\n)");
        // Text such as "a) + (b" is whole between parentheses but not by itself. It cannot be whole between brackets too.
        using (ParseTree(owner, sql, $"SELECT [\n{sql}\n]")) { }

        _functions ??= FunctionCatalog.Load(connection);
        var walk = new ExpressionWalk(owner, sql, columns, _functions, Before.Length);
        var expression = SingleExpression(owner, sql, tree.RootElement);
        walk.Visit(expression);
        return new ScalarExpression(sql, [.. columns.Where(walk.Read.Contains)], expression.Clone());
    }

    private JsonDocument ParseTree(string owner, string sql, string statement)
    {
        using var prepared = connection.Prepare("SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)");
        using var result = prepared.Bind(1, statement).Query(CancellationToken.None);
        var document = JsonDocument.Parse(result.ToRows()[0].Text(0), new JsonDocumentOptions { MaxDepth = 1000 });
        if (!document.RootElement.GetProperty("error").GetBoolean()) return document;
        using (document)
        {
            var position = document.RootElement.TryGetProperty("position", out var at) && int.TryParse(at.GetString(), out var offset)
                ? Math.Clamp(offset - Before.Length + 1, 0, sql.Length + 1)
                : 0;
            throw new ExpressionException(owner, sql, position,
                $"it does not parse: {document.RootElement.GetProperty("error_message").GetString()}.",
                "Write one expression in DuckDB's SQL, without ';'; a column whose name is a keyword or has odd characters stands in double quotes.");
        }
    }

    private static JsonElement SingleExpression(string owner, string sql, JsonElement root)
    {
        var statements = root.GetProperty("statements");
        if (statements.GetArrayLength() == 1)
        {
            var node = statements[0].GetProperty("node");
            if (node.GetProperty("type").ValueEquals("SELECT_NODE")
                && node.GetProperty("modifiers").GetArrayLength() == 0
                && node.GetProperty("cte_map").GetProperty("map").GetArrayLength() == 0
                && node.GetProperty("select_list").GetArrayLength() == 1
                && node.GetProperty("from_table").GetProperty("type").ValueEquals("EMPTY")
                && node.GetProperty("where_clause").ValueKind is JsonValueKind.Null
                && node.GetProperty("group_expressions").GetArrayLength() == 0
                && node.GetProperty("group_sets").GetArrayLength() == 0
                && node.GetProperty("having").ValueKind is JsonValueKind.Null
                && node.GetProperty("qualify").ValueKind is JsonValueKind.Null
                && node.GetProperty("sample").ValueKind is JsonValueKind.Null
                && node.GetProperty("select_list")[0] is var expression
                && expression.GetProperty("alias").ValueEquals(""))
            {
                return expression;
            }
        }
        throw new ExpressionException(owner, sql, 0, "it is more than one expression.", "Write one expression, without SELECT, FROM, WHERE, ',' or ';'.");
    }
}
