using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>A list of values of one shape, as <see cref="IReadOnlyList{T}"/> of <see cref="Item"/>.</summary>
/// <param name="Of">Shape of each.</param>
internal sealed record ListShape(ValueShape Of) : ValueShape
{
    public bool MayBeEmpty { get; init; } = true;

    /// <summary>Whether the same text twice is an error.</summary>
    public bool Distinct { get; init; }

    protected override string Expected => "a list, such as [a, b]";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlList list) return Refuse(node, path, problems);
        if (list.Items.Count is 0 && !MayBeEmpty)
        {
            problems.Add(node.Position, $"'{path}' is an empty list.", "Give it at least one item.");
            return null;
        }
        var items = new List<Item>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Items.Count; i++)
        {
            var item = list.Items[i];
            if (Distinct && item is YamlText text && !seen.Add(text.Value))
                problems.Add(item.Position, $"{item.Kind} is in '{path}' a second time.", "Keep one of the two.");
            else if (Of.Read(item, $"{path}[{i}]", problems) is { } value)
                items.Add(new(value, item.Position));
        }
        return items;
    }

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = Of.Schema() };
        if (!MayBeEmpty) schema["minItems"] = 1;
        if (Distinct) schema["uniqueItems"] = true;
        return schema;
    }
}

/// <summary>A value that was read, and its place.</summary>
/// <param name="Value">As its shape made it.</param>
/// <param name="Position">Where it starts.</param>
internal sealed record Item(object Value, SourcePosition Position);
