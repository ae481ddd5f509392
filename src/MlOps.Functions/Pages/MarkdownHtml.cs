using System.Text;
using System.Text.RegularExpressions;

namespace MlOps.Functions.Pages;

/// <summary>
/// The Markdown that model cards and datasheets are written in, as markup: headings, paragraphs, lists, tables, code, emphasis. Whatever
/// else stands there, HTML and links too, is shown as text.
/// </summary>
internal static partial class MarkdownHtml
{
    public static Html Render(string markdown)
    {
        var html = new StringBuilder();
        var lines = markdown.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length;)
        {
            var line = lines[i];
            if (line.Trim().Length is 0) i++;
            else if (line.StartsWith("```", StringComparison.Ordinal)) i = AppendCode(html, lines, i);
            else if (Heading().Match(line) is { Success: true } heading)
            {
                html.Append(Html.Of($"<h3>{Inline(heading.Groups["text"].Value)}</h3>"));
                i++;
            }
            else if (line.StartsWith('|')) i = AppendTable(html, lines, i);
            else if (Item().IsMatch(line)) i = AppendList(html, lines, i);
            else i = AppendParagraph(html, lines, i);
        }

        return new(html.ToString());
    }

    private static int AppendCode(StringBuilder html, string[] lines, int from)
    {
        var end = Array.FindIndex(lines, from + 1, l => l.StartsWith("```", StringComparison.Ordinal));
        var to = end < 0 ? lines.Length : end;
        html.Append(Html.Of($"<pre>{string.Join('\n', lines[(from + 1)..to])}</pre>"));
        return to + 1;
    }

    private static int AppendTable(StringBuilder html, string[] lines, int from)
    {
        var to = EndOf(lines, from, l => l.StartsWith('|'));
        html.Append("<div class=\"scroll\"><table>");
        for (var i = from; i < to; i++)
        {
            if (Rule().IsMatch(lines[i])) continue;
            var cells = Cell().Split(lines[i].Trim()[1..].TrimEnd('|')).Select(c => Inline(c.Trim()));
            var tag = new Html(i == from ? "th" : "td");
            html.Append("<tr>").Append(Html.Join(cells.Select(c => Html.Of($"<{tag}>{c}</{tag}>")))).Append("</tr>");
        }

        html.Append("</table></div>");
        return to;
    }

    private static int AppendList(StringBuilder html, string[] lines, int from)
    {
        var to = EndOf(lines, from, l => Item().IsMatch(l) || l.StartsWith("  ", StringComparison.Ordinal));
        html.Append("<ul>");
        foreach (var item in Item().Split(string.Join('\n', lines[from..to])).Where(t => t.Trim().Length > 0)) html.Append(Html.Of($"<li>{Inline(item.Trim())}</li>"));
        html.Append("</ul>");
        return to;
    }

    private static int AppendParagraph(StringBuilder html, string[] lines, int from)
    {
        var to = EndOf(lines, from, l => l.Trim().Length > 0 && !l.StartsWith('|') && !l.StartsWith('#') && !Item().IsMatch(l));
        html.Append(Html.Of($"<p>{Inline(string.Join(' ', lines[from..to]))}</p>"));
        return to;
    }

    private static int EndOf(string[] lines, int from, Func<string, bool> belongs)
    {
        var to = from + 1;
        while (to < lines.Length && belongs(lines[to])) to++;
        return to;
    }

    private static Html Inline(string text)
    {
        var html = new StringBuilder();
        var last = 0;
        foreach (Match match in Span().Matches(text))
        {
            html.Append(Html.Of($"{Plain(text[last..match.Index])}"));
            html.Append(match switch
            {
                { Groups: var g } when g["code"].Success => Html.Of($"<code>{g["code"].Value}</code>"),
                { Groups: var g } when g["bold"].Success => Html.Of($"<b>{Plain(g["bold"].Value)}</b>"),
                _ => Html.Of($"<i>{Plain(match.Groups["italic"].Value)}</i>"),
            });
            last = match.Index + match.Length;
        }

        return new(html.Append(Html.Of($"{Plain(text[last..])}")).ToString());
    }

    /// <summary>Undoes Markdown's escapes; what comes out is text, to be escaped for HTML.</summary>
    private static string Plain(string text) => System.Net.WebUtility.HtmlDecode(Escape().Replace(text, "${mark}"));

    [GeneratedRegex(@"^#{1,6}\s+(?<text>.+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^[-*]\s+", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Item();

    [GeneratedRegex(@"^\|[\s:|-]+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rule();

    [GeneratedRegex(@"(?<!\\)\|", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Cell();

    [GeneratedRegex(@"`(?<code>[^`]+)`|(?<!\\)\*\*(?<bold>[^*]+)\*\*|(?<![\\\w])_(?<italic>[^_]+)_(?!\w)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Span();

    [GeneratedRegex(@"\\(?<mark>[\\`*_\[\]|#!~])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escape();
}
