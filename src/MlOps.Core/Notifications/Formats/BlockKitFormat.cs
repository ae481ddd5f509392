using System.Text.Json.Nodes;

namespace MlOps.Core.Notifications.Formats;

/// <summary>A message in Slack's Block Kit, as incoming webhooks take it, within its limits.</summary>
public static class BlockKitFormat
{
    private const int MostHeader = 150;
    private const int MostSection = 3000;
    private const int MostField = 2000;
    private const int FieldsInSection = 10;
    private const int MostFacts = 40;
    private const int MostButtons = 25;
    private const int MostButtonText = 75;

    /// <summary>The request's body; links must be absolute by now.</summary>
    public static JsonObject Write(Notification message)
    {
        var blocks = new JsonArray(
            new JsonObject { ["type"] = "header", ["text"] = Plain(Shorten.To($"{SignOf(message.Severity)}{message.Title}", MostHeader)) },
            new JsonObject { ["type"] = "section", ["text"] = Markdown(Shorten.To(Escape(message.Text), MostSection)) });
        foreach (var facts in message.Facts.Take(MostFacts).Chunk(FieldsInSection))
        {
            blocks.Add((JsonNode)new JsonObject
            {
                ["type"] = "section",
                ["fields"] = new JsonArray([.. facts.Select(f => Markdown(Shorten.To($"*{Escape(f.Name)}*\n{Escape(f.Value)}", MostField)))]),
            });
        }

        if (message.Links.Count > 0)
        {
            blocks.Add((JsonNode)new JsonObject
            {
                ["type"] = "actions",
                ["elements"] = new JsonArray([.. message.Links.Take(MostButtons).Select(ButtonOf)]),
            });
        }

        // The text is what notifications on telephones and screen readers show.
        return new JsonObject { ["text"] = Escape(message.Title), ["blocks"] = blocks };
    }

    private static JsonObject ButtonOf(NotificationLink link, int position)
    {
        var button = new JsonObject { ["type"] = "button", ["text"] = Plain(Shorten.To(link.Label, MostButtonText)), ["url"] = link.Address, ["action_id"] = $"link-{position}" };
        if (position is 0) button["style"] = "primary";
        return button;
    }

    private static string SignOf(NotificationSeverity severity) => severity switch
    {
        NotificationSeverity.Critical => "🔴 ",
        NotificationSeverity.Warning => "🟠 ",
        _ => "",
    };

    private static JsonObject Plain(string text) => new() { ["type"] = "plain_text", ["text"] = text };

    private static JsonObject Markdown(string text) => new() { ["type"] = "mrkdwn", ["text"] = text };

    // The three characters that Slack asks for; with them gone, nobody's text becomes a mention or a link.
    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
