using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlOps.DurableTask;

/// <summary>Writes inputs, outputs, events and statuses as JSON, and reads them: one set of options for all payloads of an application.</summary>
/// <param name="options">Frozen by the first use. See <see cref="DefaultOptions"/>.</param>
public sealed class PayloadSerializer(JsonSerializerOptions options)
{
    /// <summary>camelCase names, case-insensitive reading, numbers from strings, enums by name.</summary>
    public static JsonSerializerOptions DefaultOptions { get; } = CreateDefaultOptions();

    /// <summary>The JSON text of a value; <see langword="null"/> for <see langword="null"/>, which stands for "no payload".</summary>
    public string? Serialize(object? value) => value switch
    {
        null => null,
        SerializedPayload payload => payload.Json,
        _ => JsonSerializer.Serialize(value, value.GetType(), options),
    };

    /// <summary>The JSON text of a value, unless it is larger than a limit.</summary>
    /// <param name="value">What to write.</param>
    /// <param name="maxBytes">Most bytes of UTF-8.</param>
    /// <param name="what">How the error names the payload.</param>
    /// <exception cref="PayloadTooLargeException">It is larger.</exception>
    public string? Serialize(object? value, long maxBytes, string what)
    {
        var payload = Serialize(value);
        RequireSize(payload, maxBytes, what);
        return payload;
    }

    /// <summary>Refuses a payload that is larger than a limit.</summary>
    /// <inheritdoc cref="Serialize(object?, long, string)"/>
    public static void RequireSize(string? payload, long maxBytes, string what)
    {
        // A UTF-16 unit becomes at most three bytes of UTF-8: most payloads need no counting.
        if (payload is null || payload.Length <= maxBytes / 3)
            return;
        var bytes = Encoding.UTF8.GetByteCount(payload);
        if (bytes > maxBytes)
            throw new PayloadTooLargeException(what, bytes, maxBytes);
    }

    /// <summary>The value that a payload holds; <see langword="null"/> when there is no payload.</summary>
    /// <exception cref="JsonException">The payload is not JSON or does not fit the type.</exception>
    public object? Deserialize(string? payload, Type type) => string.IsNullOrEmpty(payload)
        // A struct has no null: its default stands for a missing payload.
        ? type.IsValueType && Nullable.GetUnderlyingType(type) is null ? Activator.CreateInstance(type) : null
        : JsonSerializer.Deserialize(payload, type, options);

    /// <inheritdoc cref="Deserialize(string?, Type)"/>
    public T? Deserialize<T>(string? payload) =>
        string.IsNullOrEmpty(payload) ? default : JsonSerializer.Deserialize<T>(payload, options);

    private static JsonSerializerOptions CreateDefaultOptions()
    {
        var web = new JsonSerializerOptions(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };
        web.MakeReadOnly(populateMissingResolver: true);
        return web;
    }
}
