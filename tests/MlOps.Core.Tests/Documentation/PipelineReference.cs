using System.Text;
using System.Text.Json.Nodes;

namespace MlOps.Core.Tests.Documentation;

/// <summary>Tables of every key for the documentation, made from the JSON Schema.</summary>
internal static class PipelineReference
{
    /// <summary>Every object of the format with its keys, outer ones first. The title is the path as in messages, with <c>&lt;name&gt;</c> and <c>[]</c>.</summary>
    public static IEnumerable<(string Title, IReadOnlyList<(string Key, JsonObject Schema, bool Required)> Keys)> Objects(JsonObject schema, string path = "")
    {
        if (schema["properties"] is JsonObject properties)
        {
            var required = (schema["required"] as JsonArray ?? []).Select(r => r!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
            yield return (path.Length is 0 ? "The file" : path, [.. properties.Select(p => (p.Key, p.Value!.AsObject(), required.Contains(p.Key)))]);
            foreach (var (key, value) in properties)
                foreach (var inner in Objects(value!.AsObject(), path.Length is 0 ? key : $"{path}.{key}")) yield return inner;
        }
        if (schema["additionalProperties"] is JsonObject named)
            foreach (var inner in Objects(named, $"{path}.<name>")) yield return inner;
        // A word, or a mapping with particulars.
        foreach (var mapping in (schema["oneOf"] as JsonArray ?? []).Select(c => c!.AsObject()).Where(c => c["properties"] is not null))
            foreach (var inner in Objects(mapping, path)) yield return inner;
        if (schema["items"]?["oneOf"] is JsonArray cases)
            foreach (var one in cases.Select(c => c!.AsObject()))
            {
                var (key, value) = one["properties"]!.AsObject().First();
                foreach (var inner in Objects(one, $"{path}[] with {key}: {value!["const"]}")) yield return inner;
            }
    }

    public static string Write(JsonObject schema)
    {
        var text = new StringBuilder();
        foreach (var (title, keys) in Objects(schema))
        {
            text.Append($"\n### {(title == "The file" ? title : $"`{title}`")}\n\n| key | value | default | meaning |\n|---|---|---|---|\n");
            foreach (var (key, value, required) in keys)
            {
                var description = value["description"]!.GetValue<string>();
                var parts = description.Split(" Default: ", 2);
                var fallback = required ? "**required**"
                    : value["default"] is { } literal ? $"`{literal.ToJsonString()}`"
                    : parts.Length is 2 ? parts[1].Split(". ")[0].TrimEnd('.') : "—";
                var meaning = parts.Length is 2 ? $"{parts[0]} {string.Join(". ", parts[1].Split(". ").Skip(1))}".Trim() : description;
                text.Append($"| `{key}` | {Escape(ValueOf(value))} | {Escape(fallback)} | {Escape(meaning)} |\n");
            }
        }
        return text.ToString();
    }

    private static string ValueOf(JsonObject schema)
    {
        if (schema["const"] is { } constant) return $"`{constant}`";
        if (schema["enum"] is JsonArray words) return string.Join(", ", words.Select(w => $"`{w}`"));
        if (schema["anyOf"] is JsonArray plain && plain.All(s => s!["enum"] is not null || s["type"]?.GetValue<string>() is "integer")) return string.Join(", or ", plain.Select(s => ValueOf(s!.AsObject())));
        if (schema["anyOf"] is JsonArray one) return one.Count > 2 ? $"{ValueOf(one[0]!.AsObject())}; a range; or a list" : $"{ValueOf(one[0]!.AsObject())}; or a list of them";
        if (schema["oneOf"] is JsonArray either) return string.Join("; or a ", either.Select(e => ValueOf(e!.AsObject())));
        return schema["type"]!.GetValue<string>() switch
        {
            "boolean" => "`true` or `false`",
            "integer" => $"whole number{Bounds(schema)}",
            "number" => $"number{Bounds(schema)}",
            "array" => schema["items"]!["oneOf"] is not null ? "list of mappings, below" : schema["items"]!["enum"] is not null ? $"list of {ValueOf(schema["items"]!.AsObject())}" : "list of texts",
            "object" => schema["additionalProperties"] is JsonObject ? "mapping by name, below" : "mapping, below",
            _ => "text",
        };
    }

    private static string Bounds(JsonObject schema) => (schema["minimum"] ?? schema["exclusiveMinimum"], schema["maximum"] ?? schema["exclusiveMaximum"]) switch
    {
        ({ } min, { } max) => schema["exclusiveMinimum"] is null ? $" from {min} to {max}" : $" between {min} and {max}",
        ({ } min, null) => $", at least {min}",
        _ => "",
    };

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
