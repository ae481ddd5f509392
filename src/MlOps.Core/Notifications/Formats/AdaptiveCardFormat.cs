using System.Text.Json.Nodes;

namespace MlOps.Core.Notifications.Formats;

/// <summary>A message as an adaptive card in the envelope that Teams' workflow webhooks take.</summary>
public static class AdaptiveCardFormat
{
    /// <summary>Teams refuses messages of more than about 28 KB: texts and facts are kept well below.</summary>
    private const int MostText = 4000;
    private const int MostFacts = 40;
    private const int MostFact = 300;

    /// <summary>Cards show at most six actions.</summary>
    private const int MostActions = 6;

    /// <summary>The request's body; links must be absolute by now.</summary>
    public static JsonObject Write(Notification message) => new()
    {
        ["type"] = "message",
        ["attachments"] = new JsonArray(new JsonObject
        {
            ["contentType"] = "application/vnd.microsoft.card.adaptive",
            ["content"] = CardOf(message),
        }),
    };

    private static JsonObject CardOf(Notification message)
    {
        var body = new JsonArray(
            new JsonObject { ["type"] = "TextBlock", ["text"] = Escape(Shorten.To(message.Title, MostFact)), ["size"] = "Large", ["weight"] = "Bolder", ["wrap"] = true, ["color"] = ColorOf(message.Severity) },
            new JsonObject { ["type"] = "TextBlock", ["text"] = Escape(Shorten.To(message.Text, MostText)), ["wrap"] = true });
        if (message.Facts.Count > 0)
        {
            body.Add((JsonNode)new JsonObject
            {
                ["type"] = "FactSet",
                ["facts"] = new JsonArray([.. message.Facts.Take(MostFacts).Select(f => new JsonObject { ["title"] = Shorten.To(f.Name, MostFact), ["value"] = Escape(Shorten.To(f.Value, MostFact)) })]),
            });
        }

        return new JsonObject
        {
            ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
            ["type"] = "AdaptiveCard",
            ["version"] = "1.4",
            ["msteams"] = new JsonObject { ["width"] = "Full" },
            ["body"] = body,
            ["actions"] = new JsonArray([.. message.Links.Take(MostActions).Select(l => new JsonObject { ["type"] = "Action.OpenUrl", ["title"] = l.Label, ["url"] = l.Address })]),
        };
    }

    private static string ColorOf(NotificationSeverity severity) => severity switch
    {
        NotificationSeverity.Critical => "Attention",
        NotificationSeverity.Warning => "Warning",
        _ => "Default",
    };

    // Text blocks and facts read a subset of Markdown; what somebody else wrote must not become a link or a heading.
    private static string Escape(string text) => string.Concat(text.Select(c => c is '\\' or '*' or '_' or '[' or ']' or '#' or '`' or '~' ? $"\\{c}" : c.ToString()));
}
