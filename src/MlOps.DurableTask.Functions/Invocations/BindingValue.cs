using System.Text.Json;

namespace MlOps.DurableTask.Functions.Invocations;

/// <summary>
/// Values as the host writes them: objects as JSON objects, everything else as JSON text inside a JSON string, so that the text
/// <c>abc</c> arrives as <c>"\"abc\""</c>. A worker runtime other than <c>custom</c> may wrap a value into an array of one.
/// </summary>
internal static class BindingValue
{
    /// <summary>The text; <see langword="null"/> when it is absent or null.</summary>
    public static string? AsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.String => Unquoted(value.GetString()!),
        _ => value.GetRawText(),
    };

    /// <summary>The object, however often it was quoted on its way; <see langword="null"/> when it is none.</summary>
    public static JsonElement? AsObject(JsonElement value)
    {
        while (true)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    return value;
                case JsonValueKind.Array when value.GetArrayLength() is 1:
                    value = value[0];
                    break;
                case JsonValueKind.String when TryParse(value.GetString()!) is { } inner:
                    value = inner;
                    break;
                default:
                    return null;
            }
        }
    }

    /// <summary>The object that a text is; <see langword="null"/> when it is none.</summary>
    public static JsonElement? AsObject(string? text) => text is null || TryParse(text) is not { } value ? null : AsObject(value);

    private static string Unquoted(string text) =>
        text.StartsWith('"') && TryParse(text) is { ValueKind: JsonValueKind.String } inner ? inner.GetString()! : text;

    private static JsonElement? TryParse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
