using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;
using MlOps.Core.Text;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>A mapping with known keys, as <see cref="Fields"/>.</summary>
/// <param name="Name">What it is called in messages: <c>trainer xgboost</c>; <see langword="null"/>: by its path.</param>
/// <param name="Keys">Its keys, in the order in which people write them.</param>
internal sealed record ObjectShape(string? Name, params IReadOnlyList<KeyShape> Keys) : ValueShape
{
    /// <summary>Keys that are planned: the answer to them is "not yet" and not "misspelt".</summary>
    public IReadOnlyList<string> NotYet { get; init; } = [];

    /// <summary>Names by which other tools know a key, each with ours.</summary>
    public IReadOnlyDictionary<string, string> OtherNames { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    protected override string Expected => $"a mapping, such as {{ {Keys[0].Name}: … }}";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlMap map) return Refuse(node, path.Length is 0 ? "pipeline" : path, problems);
        var values = new Dictionary<string, Item>(StringComparer.Ordinal);
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in map.Entries)
        {
            if (Keys.FirstOrDefault(k => k.Name == key.Value) is not { } known) ReportUnknown(key, path, problems);
            else
            {
                given.Add(key.Value);
                if (known.Shape.Read(value, Join(path, key.Value), problems) is { } read) values.Add(key.Value, new(read, value.Position));
            }
        }
        foreach (var missing in Keys.Where(k => k.Required && !given.Contains(k.Name)))
            problems.Add(map.Position, $"{Called(path)} lacks the key '{missing.Name}'.", $"Add it: {missing.Description}");
        return new Fields(path, map.Position, values, given);
    }

    public override JsonObject Schema()
    {
        var properties = new JsonObject();
        foreach (var key in Keys)
        {
            var schema = key.Shape.Schema();
            schema["description"] = string.Join(' ', new[] { key.Description, schema["description"]?.GetValue<string>() }.Where(t => t is not null));
            if (key.Default is not null) schema["default"] = JsonNode.Parse(key.Default);
            properties[key.Name] = schema;
        }
        var result = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (Keys.Any(k => k.Required)) result["required"] = new JsonArray([.. Keys.Where(k => k.Required).Select(k => JsonValue.Create(k.Name))]);
        return result;
    }

    /// <summary>The shape in JSON Schema where nothing at all stands for every default; the same as <see cref="Schema"/> when a key is required.</summary>
    public JsonObject SchemaOrNull()
    {
        var schema = Schema();
        if (!Keys.Any(k => k.Required)) schema["type"] = new JsonArray("object", "null");
        return schema;
    }

    private void ReportUnknown(YamlText key, string path, ProblemList problems)
    {
        if (NotYet.Contains(key.Value, StringComparer.Ordinal))
            problems.Add(key.Position, $"'{Join(path, key.Value)}' is not supported yet.", "Remove the key.");
        else if (OtherNames.TryGetValue(key.Value, out var ours))
            problems.Add(key.Position, $"'{key.Value}' is not a key of {Called(path)}.", $"It is called '{ours}' here.");
        else
            problems.Add(key.Position, $"'{key.Value}' is not a key of {Called(path)}.", NearestName.Advice(key.Value, [.. Keys.Select(k => k.Name)]));
    }

    private string Called(string path) => Name ?? $"'{path}'";

    private static string Join(string path, string key) => path.Length is 0 ? key : $"{path}.{key}";
}

/// <summary>One key of a mapping: all that the reader, the schema and the docs know of it.</summary>
/// <param name="Name">The key.</param>
/// <param name="Shape">What it may be set to.</param>
/// <param name="Description">One or two sentences for people.</param>
internal sealed record KeyShape(string Name, ValueShape Shape, string Description)
{
    /// <summary>Whether the file must have it.</summary>
    public bool Required { get; init; }

    /// <summary>The value that applies where the key is absent, as JSON; <see langword="null"/> when there is none or it depends on other keys.</summary>
    public string? Default { get; init; }
}
