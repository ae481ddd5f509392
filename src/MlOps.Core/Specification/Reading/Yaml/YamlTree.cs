using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MlOps.Core.Specification.Reading.Yaml;

/// <summary>
/// Reads one YAML document into nodes that know their place. Built on the parser's events, not on its own model, so that a
/// hostile file costs what its size allows: aliases are refused, depth is bounded, and duplicate keys are named.
/// </summary>
internal sealed class YamlTree
{
    /// <summary>The format itself needs six levels.</summary>
    private const int MostLevels = 20;

    private readonly Parser _parser;
    private readonly string _file;
    private readonly ProblemList _problems;

    private YamlTree(string text, string file, ProblemList problems)
    {
        _parser = new Parser(new StringReader(text));
        (_file, _problems) = (file, problems);
    }

    /// <summary>The document's root, or <see langword="null"/> when the text is no single YAML document; the problems say why.</summary>
    public static YamlNode? Read(string text, string file, ProblemList problems)
    {
        if (FindControlCharacter(text, file) is { } place)
        {
            problems.Add(place.Position, $"the file holds the control character U+{(int)place.Character:X4}.", "Save it as plain UTF-8 text.");
            return null;
        }
        var tree = new YamlTree(text, file, problems);
        try
        {
            return tree.ReadDocument();
        }
        catch (YamlException e)
        {
            tree.ReportSyntax(text, e.Start, e.End, e.Message);
            return null;
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner throws this, without a place, for some malformed flow mappings.
            var behind = tree._parser.Current?.End ?? Mark.Empty;
            tree.ReportSyntax(text, behind, behind, "While scanning, found a character that cannot stand here, after this place");
            return null;
        }
        catch (UnreadableException)
        {
            return null;
        }
    }

    private YamlNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            _problems.Add(new(_file, 1, 1), "the file is empty.", "A pipeline needs at least the keys name, data and features.");
            return null;
        }
        _parser.Consume<DocumentStart>();
        var root = ReadNode(level: 1);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
            _problems.Add(At(second.Start), "a second document starts here.", "Keep one pipeline a file: remove the line '---' and put the other pipeline into a folder of its own.");
        return root;
    }

    private YamlNode ReadNode(int level)
    {
        if (level > MostLevels)
            throw Unreadable(_parser.Current!.Start, $"the file is nested deeper than {MostLevels} levels.", "A pipeline needs six; look for a bracket that is never closed.");
        if (_parser.TryConsume<AnchorAlias>(out var alias))
            throw Unreadable(alias.Start, $"'*{alias.Value}' is an alias, which pipeline files do not have.", "Write the value out.");
        if (_parser.Current is NodeEvent node) RefuseAnchorsAndTags(node);

        if (_parser.TryConsume<Scalar>(out var scalar))
            return new YamlText(At(scalar.Start), scalar.Value, scalar.Style is not ScalarStyle.Plain);
        if (_parser.TryConsume<SequenceStart>(out var list))
        {
            var items = new List<YamlNode>();
            while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode(level + 1));
            return new YamlList(At(list.Start), items);
        }
        return ReadMap(_parser.Consume<MappingStart>(), level);
    }

    private YamlMap ReadMap(MappingStart start, int level)
    {
        var entries = new List<YamlEntry>();
        var seen = new Dictionary<string, YamlText>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var keyNode = ReadNode(level + 1);
            var value = ReadNode(level + 1);
            if (keyNode is not YamlText key)
                _problems.Add(keyNode.Position, $"{keyNode.Kind} stands where a key is expected.", "Keys are plain words; quote a text that begins with '[' or '{'.");
            else if (seen.TryGetValue(key.Value, out var first))
                _problems.Add(key.Position, $"'{key.Value}' is given a second time; the first is in line {first.Position.Line}.", "Keep one of the two.");
            else
            {
                seen.Add(key.Value, key);
                entries.Add(new(key, value));
            }
        }
        return new YamlMap(At(start.Start), entries);
    }

    private void RefuseAnchorsAndTags(NodeEvent node)
    {
        if (!node.Anchor.IsEmpty)
            _problems.Add(At(node.Start), $"'&{node.Anchor.Value}' is an anchor, which pipeline files do not have.", "Remove it and write each value out.");
        // A quoted scalar carries the non-specific tag '!' only when somebody wrote it.
        if (!node.Tag.IsEmpty)
            _problems.Add(At(node.Start), $"'{node.Tag}' is a tag, which pipeline files do not have.", "Remove it: the key decides what type a value has.");
    }

    private void ReportSyntax(string text, Mark start, Mark end, string message)
    {
        var line = 0;
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            if (++line > end.Line) break;
            var indent = content.Length - content.TrimStart(" \t").Length;
            var tab = content[..indent].IndexOf('\t');
            if (tab < 0) continue;
            _problems.Add(new(_file, line, tab + 1), "the line is indented with a tab.", "YAML indents with spaces: use two for each level.");
            return;
        }
        _problems.Add(At(start), $"this is no valid YAML: {message.ReplaceLineEndings(" ").TrimEnd('.')}.", "Compare indentation, quotes, colons and brackets with the line above.");
    }

    private UnreadableException Unreadable(Mark start, string problem, string remedy)
    {
        _problems.Add(At(start), problem, remedy);
        return new UnreadableException();
    }

    private static (SourcePosition Position, char Character)? FindControlCharacter(string text, string file)
    {
        var line = 0;
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            line++;
            for (var i = 0; i < content.Length; i++)
                if (char.IsControl(content[i]) && content[i] is not '\t')
                    return (new(file, line, i + 1), content[i]);
        }
        return null;
    }

    private SourcePosition At(Mark mark) => new(_file, (int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    /// <summary>Leaves the recursion once a problem makes the rest meaningless; never leaves this class.</summary>
    private sealed class UnreadableException : Exception;
}
