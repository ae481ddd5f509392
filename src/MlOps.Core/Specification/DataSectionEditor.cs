using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MlOps.Core.Specification;

/// <summary>
/// Adds rules to the section <c>data:</c> inside the text of a <c>pipeline.yaml</c>. Nothing that stands there changes: keys are added
/// behind a column's last one, checks behind the last one, in the style (flow or block) in which the file has them.
/// </summary>
public static class DataSectionEditor
{
    /// <summary>Adds keys to columns, and checks.</summary>
    /// <param name="text">A readable <c>pipeline.yaml</c>.</param>
    /// <param name="columns">For a column: keys that it does not have, and their values in YAML, each on one line.</param>
    /// <param name="checks">Checks as YAML flow mappings: <c>{ check: rows, min: 100 }</c>.</param>
    /// <exception cref="ArgumentException">The text has no section <c>data</c>, or a named column is not in it.</exception>
    public static string Add(string text, IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, string>>> columns, IReadOnlyList<string> checks)
    {
        // A byte-order mark is no part of the document to the parser.
        var mark = text.StartsWith('\uFEFF') ? 1 : 0;
        var edit = new Edit(text[mark..]);
        var data = edit.Root.Find("data")?.Value ?? throw new ArgumentException("The text has no section 'data'.", nameof(text));
        var declared = data.Find("columns")?.Value ?? throw new ArgumentException("The section 'data' has no columns.", nameof(text));
        foreach (var (name, keys) in columns)
        {
            var column = declared.Find(name)?.Value ?? throw new ArgumentException($"The section 'data' has no column '{name}'.", nameof(columns));
            edit.AddKeys(column, keys);
        }
        if (checks.Count > 0) edit.AddChecks(data, checks);
        return text[..mark] + edit.Apply();
    }

    /// <summary>A text and what is to be put into it.</summary>
    private sealed class Edit(string text)
    {
        private readonly List<(int At, string What)> _insertions = [];
        private readonly string _newLine = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";

        public Node Root { get; } = Node.Read(text);

        public string Apply()
        {
            var result = text;
            // From the end, so that earlier places stay where they are; of two at one place the first comes first.
            foreach (var (at, what) in _insertions.Index().OrderByDescending(i => i.Item.At).ThenByDescending(i => i.Index).Select(i => i.Item))
                result = result.Insert(at, what);
            return result;
        }

        public void AddKeys(Node mapping, IEnumerable<KeyValuePair<string, string>> keys)
        {
            if (mapping.IsFlow)
            {
                Insert(ContentEnd(mapping.Last), string.Concat(keys.Select(k => $", {k.Key}: {k.Value}")));
                return;
            }
            var indent = _newLine + IndentOf(mapping.Entries[0].Key.Start);
            Insert(LineEnd(ContentEnd(mapping)), string.Concat(keys.Select(k => $"{indent}{k.Key}: {k.Value}")));
        }

        public void AddChecks(Node data, IReadOnlyList<string> checks)
        {
            if (data.Find("checks") is not { } entry)
            {
                if (data.IsFlow)
                {
                    Insert(ContentEnd(data.Last), $", checks: [{string.Join(", ", checks)}]");
                    return;
                }
                var indent = _newLine + IndentOf(data.Entries[0].Key.Start);
                // Beside the columns that they are about.
                Insert(LineEnd(ContentEnd(data.Find("columns")!.Value.Value)), $"{indent}checks:{string.Concat(checks.Select(c => $"{indent}  - {c}"))}");
            }
            else if (entry.Value.IsFlow)
            {
                var list = entry.Value;
                if (list.Items.Count is 0) Insert(list.Start + 1, string.Join(", ", checks));
                else Insert(ContentEnd(list.Last), string.Concat(checks.Select(c => $",{(IsFirstOnItsLine(list.Last.Start) ? _newLine + IndentOf(list.Last.Start) : " ")}{c}")));
            }
            else if (entry.Value.Items is [var first, ..])
            {
                // What stands before an item, dash and all, stands before the new ones.
                var before = text[LineStart(first.Start)..first.Start];
                Insert(LineEnd(ContentEnd(entry.Value)), string.Concat(checks.Select(c => $"{_newLine}{before}{c}")));
            }
            else
            {
                var indent = $"{_newLine}{IndentOf(entry.Key.Start)}  - ";
                Insert(LineEnd(entry.Key.End), string.Concat(checks.Select(c => indent + c)));
            }
        }

        private void Insert(int at, string what) => _insertions.Add((at, what));

        /// <summary>Where the last thing of a node ends; a block ends, to the parser, only where the next key begins.</summary>
        private int ContentEnd(Node node)
        {
            if (!node.IsFlow && node.HasChildren) return ContentEnd(node.Last);
            var end = node.End;
            while (end > node.Start && char.IsWhiteSpace(text[end - 1])) end--;
            return end;
        }

        private string IndentOf(int at) => new([.. text[LineStart(at)..at].Select(c => c is '\t' ? c : ' ')]);

        private bool IsFirstOnItsLine(int at) => string.IsNullOrWhiteSpace(text[LineStart(at)..at]);

        private int LineStart(int at) => at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;

        // A comment behind the last value stays with it.
        private int LineEnd(int at)
        {
            var end = text.IndexOf('\n', at);
            if (end < 0) return text.Length;
            return end > at && text[end - 1] is '\r' ? end - 1 : end;
        }
    }

    /// <summary>A part of the document with its place.</summary>
    private sealed record Node(int Start, int End, bool IsFlow, string? Text, IReadOnlyList<(Node Key, Node Value)> Entries, IReadOnlyList<Node> Items)
    {
        public bool HasChildren => Entries.Count > 0 || Items.Count > 0;

        public Node Last => Entries.Count > 0 ? Entries[^1].Value : Items[^1];

        public (Node Key, Node Value)? Find(string key) => Entries.Any(e => e.Key.Text == key) ? Entries.First(e => e.Key.Text == key) : null;

        public static Node Read(string text)
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            return Read(parser, text);
        }

        private static Node Read(Parser parser, string text)
        {
            if (parser.TryConsume<Scalar>(out var scalar)) return new((int)scalar.Start.Index, (int)scalar.End.Index, IsFlow: true, scalar.Value, [], []);
            if (parser.TryConsume<SequenceStart>(out var list))
            {
                var items = new List<Node>();
                while (!parser.Accept<SequenceEnd>(out _)) items.Add(Read(parser, text));
                return new((int)list.Start.Index, EndOf(parser.Consume<SequenceEnd>(), text), list.Style is SequenceStyle.Flow, null, [], items);
            }
            var map = parser.Consume<MappingStart>();
            var entries = new List<(Node, Node)>();
            while (!parser.Accept<MappingEnd>(out _)) entries.Add((Read(parser, text), Read(parser, text)));
            return new((int)map.Start.Index, EndOf(parser.Consume<MappingEnd>(), text), map.Style is MappingStyle.Flow, null, entries, []);
        }

        // The parser counts a closing bracket as having no length.
        private static int EndOf(ParsingEvent end, string text)
        {
            var at = (int)end.End.Index;
            return at < text.Length && text[at] is '}' or ']' && end.Start.Index == end.End.Index ? at + 1 : at;
        }
    }
}
