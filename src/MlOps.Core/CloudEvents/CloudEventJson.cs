using System.Text.Json;

namespace MlOps.Core.CloudEvents;

/// <summary>CloudEvents in the JSON event format: structured mode, one event or a batch.</summary>
public static class CloudEventJson
{
    /// <summary>The media type of one event.</summary>
    public const string ContentType = "application/cloudevents+json";

    /// <summary>The media type of a batch.</summary>
    public const string BatchContentType = "application/cloudevents-batch+json";

    /// <summary>Reads one event.</summary>
    /// <exception cref="CloudEventException">It is none.</exception>
    public static CloudEvent Read(JsonElement document) => document.ValueKind is JsonValueKind.Object
        ? Read(document, "")
        : throw new CloudEventException($"The body is no JSON object: one event was expected. A batch is sent as {BatchContentType}.");

    /// <summary>Reads a batch, which may be empty.</summary>
    /// <exception cref="CloudEventException">It is none, or one of its events breaks a rule: then none of them is good.</exception>
    public static IReadOnlyList<CloudEvent> ReadBatch(JsonElement document) => document.ValueKind is JsonValueKind.Array
        ? [.. document.EnumerateArray().Select((e, i) => e.ValueKind is JsonValueKind.Object
            ? Read(e, $"event {i + 1}: ")
            : throw new CloudEventException($"event {i + 1} of the batch is no JSON object."))]
        : throw new CloudEventException($"The body is no JSON array: a batch of events was expected. One event is sent as {ContentType}.");

    private static CloudEvent Read(JsonElement document, string which)
    {
        var (attributes, data) = (new Dictionary<string, string>(StringComparer.Ordinal), default(JsonElement));
        string? encoded = null;
        foreach (var member in document.EnumerateObject())
        {
            if (member.Name is "data") data = member.Value;
            else if (member.Name is "data_base64") encoded = member.Value.ValueKind is JsonValueKind.String ? member.Value.GetString() : throw Wrong("data_base64", "no text");
            else if (member.Value.ValueKind is not JsonValueKind.Null && !attributes.TryAdd(member.Name, TextOf(member))) throw Wrong(member.Name, "given twice");
        }

        if (encoded is not null && data.ValueKind is not JsonValueKind.Undefined) throw Wrong("data_base64", "given beside 'data': an event has one of them");
        var contentType = attributes.GetValueOrDefault("datacontenttype");
        if (encoded is not null) data = Decode(encoded, contentType);
        // What another type declares is a text for others to understand.
        else if (contentType is not null && !CloudEvent.IsJson(contentType)) data = default;
        return CloudEvent.Create(attributes, data, name => $"{which}'{name}'");

        CloudEventException Wrong(string name, string problem) => new($"{which}'{name}' is {problem}.");

        string TextOf(JsonProperty member) => member.Value.ValueKind switch
        {
            JsonValueKind.String => member.Value.GetString()!,
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Number when member.Value.TryGetInt32(out _) => member.Value.GetRawText(),
            _ => throw Wrong(member.Name, "neither a text, a whole number of 32 bits, true nor false"),
        };

        JsonElement Decode(string text, string? type)
        {
            try
            {
                var bytes = Convert.FromBase64String(text);
                return type is not null && CloudEvent.IsJson(type) ? JsonSerializer.Deserialize<JsonElement>(bytes) : default;
            }
            catch (Exception error) when (error is FormatException or JsonException)
            {
                throw new CloudEventException($"{which}'data_base64' is no base64, or not the {type} that it is said to be: {error.Message}", error);
            }
        }
    }
}
