using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;
using MlOps.Core.Text;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>A mapping one of whose keys says which other keys there may be, as <see cref="Variant"/>.</summary>
/// <param name="Key">The key that decides: <c>trainer</c>.</param>
/// <param name="Description">What that key is, for people.</param>
/// <param name="Cases">Its values, each with the mapping that it asks for (without the deciding key).</param>
internal sealed record VariantShape(string Key, string Description, IReadOnlyList<VariantCase> Cases) : ValueShape
{
    /// <summary>Values of <see cref="Key"/> that are planned.</summary>
    public IReadOnlyList<string> NotYet { get; init; } = [];

    protected override string Expected => $"a mapping, such as {{ {Key}: {Cases[0].Name}, … }}";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlMap map) return Refuse(node, path, problems);
        var names = Cases.Select(c => c.Name).ToList();
        if (map.Entries.FirstOrDefault(e => e.Key.Value == Key) is not { } deciding)
            problems.Add(map.Position, $"'{path}' lacks the key '{Key}'.", $"Add it: one of {string.Join(", ", names)}.");
        else if (deciding.Value is not YamlText { IsNull: false } name)
            problems.Add(deciding.Value.Position, $"{deciding.Value.Kind} is no value of '{path}.{Key}': expected one of {string.Join(", ", names)}.", "Write one of these.");
        else if (Cases.FirstOrDefault(c => c.Name == name.Value) is { } found)
        {
            var rest = map with { Entries = [.. map.Entries.Where(e => !ReferenceEquals(e, deciding))] };
            return found.Shape.Read(rest, path, problems) is Fields fields ? new Variant(found.Name, fields) : null;
        }
        else if (NotYet.Contains(name.Value, StringComparer.Ordinal))
            problems.Add(name.Position, $"{Key} '{name.Value}' is not supported yet.", $"Use one of {string.Join(", ", names)}.");
        else
            problems.Add(name.Position, $"'{name.Value}' is no {Key}.", NearestName.Advice(name.Value, names));
        return null;
    }

    public override JsonObject Schema()
    {
        var cases = new JsonArray();
        foreach (var one in Cases)
        {
            var schema = one.Shape.Schema();
            var properties = schema["properties"]!.AsObject();
            properties.Insert(0, Key, new JsonObject { ["const"] = one.Name, ["description"] = $"{Description} {one.Name}: {one.Description}" });
            var required = schema["required"] as JsonArray ?? [];
            required.Insert(0, Key);
            schema["required"] = required;
            cases.Add((JsonNode)schema);
        }
        return new JsonObject { ["type"] = "object", ["required"] = new JsonArray(Key), ["oneOf"] = cases };
    }
}

/// <summary>One value of the deciding key.</summary>
/// <param name="Name">The value.</param>
/// <param name="Description">One sentence for people.</param>
/// <param name="Shape">The other keys.</param>
internal sealed record VariantCase(string Name, string Description, ObjectShape Shape);

/// <summary>A mapping whose case is known.</summary>
/// <param name="Name">The case.</param>
/// <param name="Fields">Its values, without the deciding key.</param>
internal sealed record Variant(string Name, Fields Fields);
