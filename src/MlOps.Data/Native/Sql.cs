namespace MlOps.Data.Native;

/// <summary>Quotes names and values for places that take no bound parameter: names, paths, options.</summary>
public static class Sql
{
    /// <summary>A name, quoted: <c>"Body Mass (g)"</c>.</summary>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or holds a NUL, which SQL text cannot carry.</exception>
    public static string Name(string name)
    {
        if (name.Length == 0) throw new ArgumentException("A column's name is not empty.", nameof(name));
        return $"\"{NoNul(name).Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>A text, quoted: <c>'O''Hare'</c>.</summary>
    /// <exception cref="ArgumentException"><paramref name="text"/> holds a NUL, which SQL text cannot carry.</exception>
    public static string Text(string text) => $"'{NoNul(text).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A list of texts: <c>['a', 'b']</c>.</summary>
    public static string List(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Text))}]";

    private static string NoNul(string text) => text.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException($"'{text.Replace('\0', '?')}' holds a NUL character; remove it.", nameof(text))
        : text;
}
