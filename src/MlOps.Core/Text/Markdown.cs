using System.Text;

namespace MlOps.Core.Text;

/// <summary>Text of others inside Markdown: names and values from data must not become markup, links or new lines.</summary>
internal static class Markdown
{
    /// <summary>Text that reads as it is.</summary>
    public static string Text(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsControl(c)) escaped.Append(' ');
            else if (c is '<') escaped.Append("&lt;");
            else if (c is '&') escaped.Append("&amp;");
            else if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '#' or '!' or '~') escaped.Append('\\').Append(c);
            else escaped.Append(c);
        }
        return escaped.ToString();
    }

    /// <summary>A table, with an empty line after it.</summary>
    public static void Table(StringBuilder target, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        Row(target, header.Select(Text));
        Row(target, header.Select(_ => "---"));
        foreach (var row in rows) Row(target, row.Select(Text));
        target.Append('\n');
    }

    private static void Row(StringBuilder target, IEnumerable<string> cells) => target.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
