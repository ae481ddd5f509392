using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MlOps.Core.Specification;

/// <summary>The section <c>data:</c> inside the text of a <c>pipeline.yaml</c>.</summary>
public static class DataSection
{
    /// <summary>Puts another section in its place; everything around it stays byte for byte, the comments after it too.</summary>
    /// <param name="text">A readable <c>pipeline.yaml</c>.</param>
    /// <param name="section">YAML that begins with <c>data:</c>, lines ended by a line feed.</param>
    /// <exception cref="ArgumentException">The text has no section <c>data</c> at its top level.</exception>
    public static string Replace(string text, string section)
    {
        // A byte-order mark is no part of the document to the parser.
        var mark = text.StartsWith('\uFEFF') ? 1 : 0;
        var (start, end) = Find(text[mark..]);
        (start, end) = (start + mark, LastContentEnd(text, start + mark, end + mark));
        var newLine = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        return text[..start] + section.TrimEnd('\n').ReplaceLineEndings(newLine) + text[end..];
    }

    private static (int Start, int End) Find(string text)
    {
        var parser = new Parser(new StringReader(text));
        parser.Consume<StreamStart>();
        parser.Consume<DocumentStart>();
        parser.Consume<MappingStart>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>();
            var end = EndOfNode(parser);
            if (key.Value == "data") return ((int)key.Start.Index, end);
        }

        throw new ArgumentException("The text has no section 'data'.", nameof(text));
    }

    private static int EndOfNode(IParser parser)
    {
        var depth = 0;
        while (true)
        {
            var part = parser.Consume<ParsingEvent>();
            depth += part.NestingIncrease;
            if (depth is 0) return (int)part.End.Index;
        }
    }

    // A block ends, to the parser, where the next key begins: blank lines and comments in between belong to what follows.
    private static int LastContentEnd(string text, int start, int end)
    {
        while (end > start)
        {
            var lineStart = text.LastIndexOf('\n', end - 1) + 1;
            var line = text[Math.Max(lineStart, start)..end].Trim();
            if (line.Length > 0 && !line.StartsWith('#')) break;
            if (lineStart <= start) break;
            end = lineStart - 1;
        }

        // The rest of the last line, a comment for example, goes with the section.
        var newLine = text.IndexOf('\n', Math.Min(end, text.Length));
        end = newLine < 0 ? text.Length : newLine;
        return end > start && text[end - 1] is '\r' ? end - 1 : end;
    }
}
