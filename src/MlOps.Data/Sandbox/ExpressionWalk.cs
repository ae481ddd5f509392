using System.Text.Json;
using MlOps.Core.Text;

namespace MlOps.Data.Sandbox;

/// <summary>Visits every node of an expression's syntax tree. What is not known to be harmless is refused.</summary>
internal sealed class ExpressionWalk(
    string owner, string sql, IReadOnlyCollection<string> columns, FunctionCatalog functions, int offset)
{
    /// <summary>The columns met, by their declared names.</summary>
    public HashSet<string> Read { get; } = new(StringComparer.Ordinal);

    /// <summary>Visits a node and what is below it.</summary>
    /// <exception cref="ExpressionException">A node is not allowed.</exception>
    public void Visit(JsonElement node)
    {
        switch (node.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in node.EnumerateArray()) Visit(item);
                return;
            case JsonValueKind.Object:
                if (node.TryGetProperty("class", out var kind) && kind.ValueKind is JsonValueKind.String) Judge(kind.GetString()!, node);
                // A constant's content is data, not syntax.
                if (kind.ValueKind is JsonValueKind.String && kind.ValueEquals("CONSTANT")) return;
                foreach (var property in node.EnumerateObject()) Visit(property.Value);
                return;
            default:
                return;
        }
    }

    private void Judge(string kind, JsonElement node)
    {
        switch (kind)
        {
            case "CONSTANT" or "COMPARISON" or "CONJUNCTION" or "BETWEEN" or "CASE" or "CAST" or "OPERATOR" or "COLLATE":
                return;
            case "COLUMN_REF":
                JudgeColumn(node);
                return;
            case "FUNCTION":
                JudgeFunction(node);
                return;
            case "LAMBDA":
                // Nested lambdas double a value with every level.
                throw Refuse(node, "a lambda is not allowed.", "Use functions of single values.");
            case "SUBQUERY":
                throw Refuse(node, "a subquery is not allowed.", "An expression sees one row, no tables or files.");
            case "WINDOW":
                throw Refuse(node, "a window function is not allowed.", "An expression sees one row; prepare values over several rows before the drop.");
            case "STAR":
                throw Refuse(node, "'*' is not allowed.", "Name the columns.");
            case "PARAMETER" or "POSITIONAL_REFERENCE":
                throw Refuse(node, "a parameter is not allowed.", "Write the value.");
            default:
                throw Refuse(node, $"{kind.ToLowerInvariant()} is not allowed.", "Write one value computed from the columns of one row.");
        }
    }

    private void JudgeColumn(JsonElement node)
    {
        var name = node.GetProperty("column_names")[0].GetString()!;
        // DuckDB matches names without regard to case.
        var column = columns.FirstOrDefault(c => string.Equals(c, name, StringComparison.OrdinalIgnoreCase))
            ?? throw Refuse(node, $"there is no column '{name}'.", NearestName.Advice(name, columns));
        Read.Add(column);
    }

    private void JudgeFunction(JsonElement node)
    {
        var name = node.GetProperty("function_name").GetString()!;
        switch (functions.Judge(name))
        {
            case FunctionVerdict.Allowed:
                return;
            case FunctionVerdict.Aggregate:
                throw Refuse(node, $"'{name}' works over many rows.", "An expression sees one row; use functions of single values.");
            case FunctionVerdict.Growing:
                throw Refuse(node, $"'{name}' can make values of any size.", "Use other functions.");
            case FunctionVerdict.Volatile:
                throw Refuse(node, $"'{name}' is not a function of the row.", "Training and serving would not compute the same; use only the columns.");
            default:
                throw Refuse(node, $"there is no function '{name}'.", NearestName.Find(name, functions.Allowed) is { } nearest ? $"Did you mean '{nearest}'?" : "Use one of DuckDB's scalar functions.");
        }
    }

    private ExpressionException Refuse(JsonElement node, string problem, string remedy)
    {
        // 2^64 - 1 stands for "no position".
        var known = node.TryGetProperty("query_location", out var location) && location.TryGetInt32(out _);
        var position = known ? location.GetInt32() - offset + 1 : 0;
        return new ExpressionException(owner, sql, position > 0 && position <= sql.Length ? position : 0, problem, remedy);
    }
}
