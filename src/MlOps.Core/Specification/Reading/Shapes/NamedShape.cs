using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>A mapping whose keys are names that the user chooses, as <see cref="IReadOnlyList{T}"/> of <see cref="NamedItem"/>.</summary>
/// <param name="Of">Shape of each value.</param>
/// <param name="What">What one entry is, with its article: <c>a column</c>.</param>
internal sealed record NamedShape(ObjectShape Of, string What) : ValueShape
{
    protected override string Expected => $"a mapping from each name to {What}, such as {{ name: {{ … }} }}";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlMap map) return Refuse(node, path, problems);
        if (map.Entries.Count is 0) problems.Add(node.Position, $"'{path}' is empty.", $"Declare at least {What.Replace("an ", "one ", StringComparison.Ordinal).Replace("a ", "one ", StringComparison.Ordinal)}.");
        var items = new List<NamedItem>();
        foreach (var (key, value) in map.Entries)
        {
            if (string.IsNullOrWhiteSpace(key.Value) || key.Value.Length > 255 || !key.Value.Equals(key.Value.Trim(), StringComparison.Ordinal))
                problems.Add(key.Position, $"'{key.Value}' is no name in '{path}': a name has 1 to 255 characters and neither begins nor ends with a blank.", "Rename it.");
            // Nothing behind the name means that every default applies, as { } does.
            var read = value is YamlText { IsNull: true } ? Of.Read(new YamlMap(value.Position, []), $"{path}.{key.Value}", problems) : Of.Read(value, $"{path}.{key.Value}", problems);
            if (read is Fields fields) items.Add(new(key.Value, key.Position, fields));
        }
        return items;
    }

    public override JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["minProperties"] = 1,
        ["propertyNames"] = new JsonObject { ["minLength"] = 1, ["maxLength"] = 255 },
        ["additionalProperties"] = Of.SchemaOrNull(),
    };
}

/// <summary>One entry of a mapping whose keys are the user's names.</summary>
/// <param name="Name">The key.</param>
/// <param name="Position">Where the key stands.</param>
/// <param name="Fields">What it is set to.</param>
internal sealed record NamedItem(string Name, SourcePosition Position, Fields Fields);
