using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MlOps.Core.Tests.Specification.Reading;

/// <summary>Checks a value against a JSON Schema: the keywords that ours uses, and an error for any other.</summary>
internal static class SchemaCheck
{
    public static IReadOnlyList<string> Check(JsonObject schema, JsonNode? value) => [.. Errors(schema, value, "")];

    private static IEnumerable<string> Errors(JsonObject schema, JsonNode? value, string at) =>
        schema.SelectMany(keyword => Errors(keyword.Key, keyword.Value!, schema, value, at));

    private static IEnumerable<string> Errors(string keyword, JsonNode rule, JsonObject schema, JsonNode? value, string at)
    {
        switch (keyword)
        {
            case "$schema" or "title" or "description" or "default" or "examples":
                break;
            case "type":
                var types = rule is JsonArray several ? several.Select(t => t!.GetValue<string>()) : [rule.GetValue<string>()];
                if (!types.Any(t => Is(value, t))) yield return $"{at}: is no {string.Join(" or ", types)}";
                break;
            case "const":
                if (!JsonNode.DeepEquals(rule, value)) yield return $"{at}: is not {rule}";
                break;
            case "enum":
                if (!rule.AsArray().Any(v => JsonNode.DeepEquals(v, value))) yield return $"{at}: is none of {rule.ToJsonString()}";
                break;
            case "anyOf" or "oneOf":
                var fitting = rule.AsArray().Count(one => !Errors(one!.AsObject(), value, at).Any());
                if (fitting is 0 || (keyword is "oneOf" && fitting > 1)) yield return $"{at}: fits {fitting} of {keyword}";
                break;
            case "properties" when value is JsonObject map:
                foreach (var (name, one) in rule.AsObject())
                    if (map.TryGetPropertyValue(name, out var found))
                        foreach (var error in Errors(one!.AsObject(), found, $"{at}/{name}")) yield return error;
                break;
            case "additionalProperties" when value is JsonObject map:
                foreach (var (name, found) in map.Where(p => (schema["properties"] as JsonObject)?.ContainsKey(p.Key) is not true))
                {
                    if (rule is not JsonObject one) yield return $"{at}: has the unknown key {name}";
                    else foreach (var error in Errors(one, found, $"{at}/{name}")) yield return error;
                }
                break;
            case "propertyNames" when value is JsonObject map:
                foreach (var error in map.SelectMany(p => Errors(rule.AsObject(), JsonValue.Create(p.Key), at))) yield return error;
                break;
            case "required" when value is JsonObject map:
                foreach (var name in rule.AsArray().Select(n => n!.GetValue<string>()).Where(n => !map.ContainsKey(n))) yield return $"{at}: lacks {name}";
                break;
            case "items" when value is JsonArray list:
                for (var i = 0; i < list.Count; i++)
                    foreach (var error in Errors(rule.AsObject(), list[i], $"{at}/{i}")) yield return error;
                break;
            case "minItems" when value is JsonArray list && list.Count < rule.GetValue<int>():
            case "minProperties" when value is JsonObject map && map.Count < rule.GetValue<int>():
            case "uniqueItems" when value is JsonArray all && all.Select(i => i!.ToJsonString()).Distinct().Count() < all.Count:
            case "minLength" when Text(value) is { } t && t.Length < rule.GetValue<int>():
            case "maxLength" when Text(value) is { } u && u.Length > rule.GetValue<int>():
            case "pattern" when Text(value) is { } p && !Regex.IsMatch(p, rule.GetValue<string>(), RegexOptions.ECMAScript, TimeSpan.FromSeconds(1)):
            case "minimum" when Number(value) < Number(rule):
            case "maximum" when Number(value) > Number(rule):
            case "exclusiveMinimum" when Number(value) <= Number(rule):
            case "exclusiveMaximum" when Number(value) >= Number(rule):
                yield return $"{at}: breaks {keyword} {rule.ToJsonString()}";
                break;
            case "properties" or "additionalProperties" or "propertyNames" or "required" or "items" or "minItems" or "minProperties" or "uniqueItems" or "minLength"
                or "maxLength" or "pattern" or "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum":
                break;
            default:
                throw new NotSupportedException($"This check does not know the keyword '{keyword}'.");
        }
    }

    private static bool Is(JsonNode? value, string type) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() is JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() is JsonValueKind.Number,
        "integer" => Number(value) is { } number && number == Math.Truncate(number),
        _ => throw new NotSupportedException(type),
    };

    private static string? Text(JsonNode? value) => value?.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : null;

    private static double? Number(JsonNode? value) =>
        value?.GetValueKind() is JsonValueKind.Number ? double.Parse(value.ToJsonString()) : null;
}
