using System.Text.RegularExpressions;
using MlOps.Core.Notifications;
using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>The keys of <c>notify</c>: the channels, and what goes through each.</summary>
internal static partial class NotifyFormat
{
    private static readonly TextShape s_text = new();

    // The commonest slip is the secret itself in the file, so the rule says what belongs here instead.
    private static readonly TextShape s_variableName = new()
    {
        MostCharacters = 128,
        Rule = Variable(),
        RuleInWords = "the name of an environment variable that holds the secret, such as SLACK_WEBHOOK_URL; the secret itself does not belong in this file",
    };

    private static readonly TextShape s_eventName = new()
    {
        MostCharacters = 64,
        Rule = Event(),
        RuleInWords = "a topic such as approval, alert or release, or one event such as approval.requested",
    };

    private static readonly TextShape s_address = new()
    {
        MostCharacters = 254,
        Rule = EmailAddress(),
        RuleInWords = "an e-mail address",
    };

    private static readonly KeyShape[] s_common =
    [
        new("name", s_text with { MostCharacters = 63 }, "How people call the channel; unique in the file. Default: the kind of channel."),
        new("events", new ListShape(s_eventName) { MayBeEmpty = false, Distinct = true }, "Topics (approval, alert, release, run) or single events (approval.requested) that go this way. Default: all."),
        new("severity", new WordShape(
            new("info", NotificationSeverity.Info, "Everything."),
            new("warning", NotificationSeverity.Warning, "What somebody should look at."),
            new("critical", NotificationSeverity.Critical, "What somebody must act on.")), "The least urgent message that goes this way.") { Default = "\"info\"" },
    ];

    private static readonly VariantShape s_channel = new("channel", "The kind of channel.",
    [
        Case("webhook", "A program: CloudEvents 1.0, structured JSON.",
            new("urlFrom", s_variableName, "Environment variable that holds the address.") { Required = true },
            new("secretFrom", s_variableName, "Environment variable that holds the key which signs each request, as Standard Webhooks do. Default: unsigned.")),
        Case("teams", "Microsoft Teams: an adaptive card, through a workflow's webhook.",
            new KeyShape("urlFrom", s_variableName, "Environment variable that holds the workflow's address.") { Required = true }),
        Case("slack", "Slack: Block Kit, through an incoming webhook.",
            new KeyShape("urlFrom", s_variableName, "Environment variable that holds the webhook's address.") { Required = true }),
        Case("email", "E-mail over SMTP; the way on which each approver gets a link of their own.",
            new("to", new ListShape(s_address) { Distinct = true }, "Who gets messages that are for everybody.") { Default = "[]" },
            new("from", s_address, "The sender.") { Required = true },
            new("server", s_text with { MostCharacters = 253 }, "The SMTP server's name.") { Required = true },
            new("port", new NumberShape { Whole = true, Min = 1, Max = 65_535 }, "Its port.") { Default = "587" },
            new("tls", new FlagShape(), "Whether the connection must be encrypted.") { Default = "true" },
            new("implicitTls", new FlagShape(), "Whether it is encrypted from its first byte, rather than from STARTTLS on. Port 465 always is.") { Default = "false" },
            new("user", s_text, "User name at the server. Default: no login."),
            new("passwordFrom", s_variableName, "Environment variable that holds the password. Default: no login.")),
        Case("outbox", "Files below outbox/ in the home: what there is when no channel is declared."),
    ]);

    /// <summary>The whole section.</summary>
    public static ObjectShape Notify { get; } = new(null,
        new KeyShape("channels", new ListShape(s_channel) { MayBeEmpty = false }, "The ways to reach people. Default: files below outbox/."));

    private static VariantCase Case(string name, string description, params IEnumerable<KeyShape> keys) =>
        new(name, description, new ObjectShape($"channel {name}", [.. s_common, .. keys]));

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"^[a-z]+(\.[a-zA-Z]+)?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Event();

    // Enough to catch a name without a host; the mail server knows the rest.
    [GeneratedRegex(@"^[^@\s<>,;]+@[^@\s<>,;]+\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EmailAddress();
}
