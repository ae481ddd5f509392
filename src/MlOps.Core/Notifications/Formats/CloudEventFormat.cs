using System.Text.Json.Nodes;

namespace MlOps.Core.Notifications.Formats;

/// <summary>A message as a CloudEvent 1.0 in structured JSON.</summary>
public static class CloudEventFormat
{
    /// <summary>The media type of structured mode.</summary>
    public const string ContentType = "application/cloudevents+json";

    /// <summary>The event; links must be absolute by now.</summary>
    public static JsonObject Write(Notification message) => new()
    {
        ["specversion"] = "1.0",
        ["id"] = message.Id,
        ["source"] = $"/pipelines/{message.Pipeline}",
        ["type"] = $"mlops.{message.Event}",
        ["subject"] = message.Subject,
        ["time"] = message.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
        ["datacontenttype"] = "application/json",
        ["data"] = DataOf(message),
    };

    private static JsonObject DataOf(Notification message)
    {
        var data = new JsonObject
        {
            ["severity"] = message.Severity.ToString().ToLowerInvariant(),
            ["title"] = message.Title,
            ["text"] = message.Text,
            ["facts"] = new JsonObject(message.Facts.DistinctBy(f => f.Name, StringComparer.Ordinal).Select(f => KeyValuePair.Create<string, JsonNode?>(f.Name, f.Value))),
            ["links"] = new JsonArray([.. message.Links.Select(l => new JsonObject { ["label"] = l.Label, ["url"] = l.Address })]),
        };
        if (message.Recipient is { } recipient) data["recipient"] = recipient;
        return data;
    }
}
