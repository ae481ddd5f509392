using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Notifications;
using MlOps.Core.Notifications.Formats;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Notifications;

public class NotificationTests
{
    private static readonly Notification s_message = new()
    {
        Id = "approval-1",
        Event = "approval.requested",
        Subject = "models/flights/3",
        Pipeline = "flights",
        Severity = NotificationSeverity.Warning,
        Title = "Version 3 <waits>",
        Text = "See *this* & <b>that</b>",
        Facts = [new("auc", "0.71"), new("auc", "0.72"), new("who", "[me](http://x)")],
        Links = [new("Decide", "https://mlops.example/a?b=1&c=2"), new("Run", "https://mlops.example/r")],
        At = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero),
    };

    [Fact]
    public void An_id_is_the_same_for_the_same_parts_another_for_others_and_safe_as_a_file_name()
    {
        Assert.Equal(Notification.IdOf("approval", "run-1", "a@b.c"), Notification.IdOf("approval", "run-1", "a@b.c"));
        Assert.NotEqual(Notification.IdOf("a", "b-c"), Notification.IdOf("a-b", "c"));
        var id = Notification.IdOf("approval", "../Run 1", new string('x', 500));
        Assert.Matches("^[a-z0-9-]{1,120}$", id);
        Assert.StartsWith("approval-run-1-", id, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", NotificationSeverity.Info, null, true)]
    [InlineData("approval", NotificationSeverity.Warning, null, true)]
    [InlineData("approval.requested", NotificationSeverity.Info, null, true)]
    [InlineData("alert", NotificationSeverity.Info, null, false)]
    [InlineData("approval.decided", NotificationSeverity.Info, null, false)]
    [InlineData("approval", NotificationSeverity.Critical, null, false)]
    [InlineData("", NotificationSeverity.Info, "lead@example.com", false)]
    public void A_shared_channel_takes_what_its_events_and_severity_say_and_nothing_personal(string events, NotificationSeverity severity, string? recipient, bool taken)
    {
        var channel = new SlackChannel { Name = "slack", UrlFrom = "URL", Events = events.Length is 0 ? [] : [events], Severity = severity };
        Assert.Equal(taken, channel.Takes(s_message with { Recipient = recipient }));
    }

    [Fact]
    public void Mail_and_the_outbox_reach_one_person_alone()
    {
        Assert.True(new OutboxChannel { Name = "o" }.Takes(s_message with { Recipient = "lead@example.com" }));
        Assert.True(new EmailChannel { Name = "m", From = "a@b.c", Server = "s" }.Takes(s_message with { Recipient = "lead@example.com" }));
    }

    [Fact]
    public void A_cloud_event_has_the_required_attributes_and_the_message_as_data()
    {
        var json = CloudEventFormat.Write(s_message);
        Assert.Equal(
            ["1.0", "approval-1", "/pipelines/flights", "mlops.approval.requested", "models/flights/3", "2001-03-02T08:15:00.000Z"],
            new[] { "specversion", "id", "source", "type", "subject", "time" }.Select(k => (string?)json[k]));
        Assert.Equal("warning", (string?)json["data"]!["severity"]);
        // The first of two facts of one name: a JSON object has each name once.
        Assert.Equal("0.71", (string?)json["data"]!["facts"]!["auc"]);
        Assert.Equal("https://mlops.example/a?b=1&c=2", (string?)json["data"]!["links"]![0]!["url"]);
    }

    [Fact]
    public void A_card_for_Teams_is_an_adaptive_card_whose_texts_are_no_markup()
    {
        var card = AdaptiveCardFormat.Write(s_message)["attachments"]![0]!;
        Assert.Equal("application/vnd.microsoft.card.adaptive", (string?)card["contentType"]);
        var content = card["content"]!;
        Assert.Equal(("AdaptiveCard", "1.4"), ((string?)content["type"], (string?)content["version"]));
        Assert.Equal("Warning", (string?)content["body"]![0]!["color"]);
        Assert.Equal(@"See \*this\* & <b>that</b>", (string?)content["body"]![1]!["text"]);
        Assert.Equal(@"\[me\](http://x)", (string?)content["body"]![2]!["facts"]![2]!["value"]);
        Assert.Equal(("Action.OpenUrl", "Decide"), ((string?)content["actions"]![0]!["type"], (string?)content["actions"]![0]!["title"]));
    }

    [Fact]
    public void Blocks_for_Slack_keep_its_limits_and_escape_what_would_be_a_mention_or_a_link()
    {
        var huge = s_message with
        {
            Title = new string('t', 1000),
            Text = "<!channel> & " + new string('x', 5000),
            Facts = [.. Enumerable.Range(0, 23).Select(n => new NotificationFact($"f{n}", new string('y', 3000)))],
        };
        var json = BlockKitFormat.Write(huge);
        var blocks = json["blocks"]!.AsArray();
        Assert.Equal(["header", "section", "section", "section", "section", "actions"], blocks.Select(b => (string?)b!["type"]));
        Assert.True(((string)blocks[0]!["text"]!["text"]!).Length <= 150);
        var text = (string)blocks[1]!["text"]!["text"]!;
        Assert.True(text.Length <= 3000);
        Assert.StartsWith("&lt;!channel&gt; &amp; ", text, StringComparison.Ordinal);
        Assert.All(blocks.Skip(2).SkipLast(1), b => Assert.InRange(b!["fields"]!.AsArray().Count, 1, 10));
        Assert.All(blocks.Skip(2).SkipLast(1).SelectMany(b => b!["fields"]!.AsArray()), f => Assert.True(((string)f!["text"]!).Length <= 2000));
        Assert.Equal("primary", (string?)blocks[^1]!["elements"]![0]!["style"]);
    }

    [Fact]
    public void A_mail_has_one_line_of_subject_and_no_markup_of_others()
    {
        var message = s_message with { Title = "a\r\nBcc: everybody@example.com" };
        Assert.Equal("[flights] a  Bcc: everybody@example.com", EmailFormat.Subject(message));
        Assert.Contains("See *this* &amp; &lt;b&gt;that&lt;/b&gt;", EmailFormat.Html(s_message), StringComparison.Ordinal);
        Assert.Contains("href=\"https://mlops.example/a?b=1&amp;c=2\"", EmailFormat.Html(s_message), StringComparison.Ordinal);
        Assert.Contains("Decide:\nhttps://mlops.example/a?b=1&c=2\n", EmailFormat.Text(s_message), StringComparison.Ordinal);
    }

    [Fact]
    public void A_channel_comes_back_from_storage_as_what_it_was()
    {
        ChannelSpec channel = new WebhookChannel { Name = "hook", UrlFrom = "URL", SecretFrom = "KEY", Events = ["alert"] };
        var text = JsonSerializer.Serialize(channel, MlOpsJson.Compact);
        var back = Assert.IsType<WebhookChannel>(JsonSerializer.Deserialize<ChannelSpec>(text, MlOpsJson.Compact));
        Assert.Equal(("hook", "URL", "KEY"), (back.Name, back.UrlFrom, back.SecretFrom));
        Assert.Equal(["alert"], back.Events);
    }
}
