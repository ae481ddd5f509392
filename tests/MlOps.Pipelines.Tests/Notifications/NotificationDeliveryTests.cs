using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using MlOps.Core.Notifications;
using MlOps.Core.Specification;
using MlOps.Pipelines.Notifications;
using MlOps.Storage.Audit;
using MlOps.Storage.Notifications;

namespace MlOps.Pipelines.Tests.Notifications;

public sealed class NotificationDeliveryTests
{
    private static readonly Notification s_message = new()
    {
        Id = "approval-1",
        Event = "approval.requested",
        Subject = "models/shop/1",
        Pipeline = "shop",
        Severity = NotificationSeverity.Warning,
        Title = "Version 1 of shop waits for a decision",
        Text = "It passed its gates.",
        Links = [new("Decide", "/approvals/run-1")],
        At = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero),
    };

    [Fact]
    public async Task Without_a_channel_a_message_is_laid_into_the_outbox()
    {
        await using var host = await HostAsync();
        var record = await DeliverAsync(host, s_message with { Recipient = "lead@example.com" }, new());
        Assert.Equal(DeliveryStatus.Delivered, Assert.Single(record.Deliveries).Status);
        var text = await File.ReadAllTextAsync(host.PathOf("outbox/20010302-081500-approval-1.txt"));
        Assert.StartsWith("To: lead@example.com\n", text, StringComparison.Ordinal);
        Assert.Contains("https://mlops.example/approvals/run-1", text, StringComparison.Ordinal);
        var json = JsonDocument.Parse(await File.ReadAllTextAsync(host.PathOf("outbox/20010302-081500-approval-1.json"))).RootElement;
        Assert.Equal("mlops.approval.requested", json.GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_webhook_gets_a_signed_cloud_event_once_however_often_the_message_is_sent()
    {
        await using var target = await HttpTarget.StartAsync(202);
        await using var host = await HostAsync(("HOOK_URL", target.Address), ("HOOK_KEY", "whsec_" + Convert.ToBase64String("a key of 24 bytes at least"u8)));
        var channels = Channels(new WebhookChannel { Name = "hook", UrlFrom = "HOOK_URL", SecretFrom = "HOOK_KEY" });
        await DeliverAsync(host, s_message, channels);
        await DeliverAsync(host, s_message, channels);

        var (headers, body) = Assert.Single(target.Requests);
        Assert.StartsWith("application/cloudevents+json", headers["content-type"], StringComparison.Ordinal);
        Assert.Equal("approval-1", JsonDocument.Parse(body).RootElement.GetProperty("id").GetString());
        var signed = Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{body}");
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData("a key of 24 bytes at least"u8, signed)), headers["webhook-signature"]);
    }

    [Fact]
    public async Task Teams_and_Slack_get_their_own_formats()
    {
        await using var target = await HttpTarget.StartAsync(200);
        await using var host = await HostAsync(("A_URL", target.Address));
        await DeliverAsync(host, s_message, Channels(new TeamsChannel { Name = "teams", UrlFrom = "A_URL" }, new SlackChannel { Name = "slack", UrlFrom = "A_URL" }));
        Assert.Equal(2, target.Requests.Count);
        Assert.Contains(target.Requests, r => r.Body.Contains("\"AdaptiveCard\"", StringComparison.Ordinal));
        Assert.Contains(target.Requests, r => r.Body.Contains("\"blocks\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_target_cannot_take_now_is_tried_again_and_each_attempt_is_noted_without_secrets()
    {
        await using var target = await HttpTarget.StartAsync(503, 429, 200);
        await using var host = await HostAsync(("A_URL", target.Address));
        var record = await DeliverAsync(host, s_message, Channels(new SlackChannel { Name = "slack", UrlFrom = "A_URL" }));
        var delivery = Assert.Single(record.Deliveries);
        Assert.Equal(DeliveryStatus.Delivered, delivery.Status);
        Assert.Equal(
            ["The target answered with status 503.", "The target answered with status 429.", "Delivered."],
            delivery.Attempts.Select(a => a.Detail));
        Assert.DoesNotContain("very-secret", JsonSerializer.Serialize(record), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_target_refuses_is_given_up_at_once_and_audited()
    {
        await using var target = await HttpTarget.StartAsync(404);
        await using var host = await HostAsync(("A_URL", target.Address));
        var delivery = Assert.Single((await DeliverAsync(host, s_message, Channels(new SlackChannel { Name = "slack", UrlFrom = "A_URL" }))).Deliveries);
        Assert.Equal((DeliveryStatus.Failed, 1), (delivery.Status, delivery.Attempts.Count));
        var audited = await host.Get<AuditLog>().ListAsync(new AuditQuery { Subject = "models/shop/1" }, default);
        Assert.Equal("notification.failed", Assert.Single(audited.Entries).Event.Action);
    }

    [Fact]
    public async Task A_target_that_does_not_answer_is_given_up_and_keeps_the_others_from_nothing()
    {
        await using var slow = await HttpTarget.StartAsync((_, context) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var good = await HttpTarget.StartAsync(200);
        await using var host = await HostAsync(("SLOW_URL", slow.Address), ("GOOD_URL", good.Address), ("Notifications:Attempts", "1"), ("Notifications:Timeout", "00:00:05"));

        var record = await DeliverAsync(host, s_message, Channels(new WebhookChannel { Name = "slow", UrlFrom = "SLOW_URL" }, new WebhookChannel { Name = "good", UrlFrom = "GOOD_URL" }));

        Assert.Equal([("slow", DeliveryStatus.Failed), ("good", DeliveryStatus.Delivered)], record.Deliveries.Select(d => (d.Channel.Name, d.Status)));
        Assert.Equal("The target did not answer within 5 s.", Assert.Single(record.Deliveries[0].Attempts).Detail);
    }

    [Fact]
    public async Task Targets_that_are_down_redirecting_or_not_configured_keep_the_others_from_nothing()
    {
        using var down = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // Its port is nobody else's, and nobody listens there.
        down.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var lost = await HttpTarget.StartAsync((_, context) =>
        {
            context.Response.Redirect("http://127.0.0.1:9/elsewhere");
            return Task.CompletedTask;
        });
        await using var good = await HttpTarget.StartAsync(200);
        await using var host = await HostAsync(("LOST_URL", lost.Address), ("DOWN_URL", $"http://{down.LocalEndPoint}/?token=very-secret"), ("GOOD_URL", good.Address));
        var record = await DeliverAsync(host, s_message, Channels(
            new WebhookChannel { Name = "down", UrlFrom = "DOWN_URL" },
            new WebhookChannel { Name = "lost", UrlFrom = "LOST_URL" },
            new WebhookChannel { Name = "nowhere", UrlFrom = "NOBODY_SET_THIS" },
            new WebhookChannel { Name = "good", UrlFrom = "GOOD_URL" }));

        Assert.Equal(
            [("down", DeliveryStatus.Failed), ("lost", DeliveryStatus.Failed), ("nowhere", DeliveryStatus.Failed), ("good", DeliveryStatus.Delivered)],
            record.Deliveries.Select(d => (d.Channel.Name, d.Status)));
        Assert.Equal("The target could not be reached: ConnectionRefused.", record.Deliveries[0].Attempts[0].Detail);
        Assert.Equal("The target answered with status 302.", record.Deliveries[1].Attempts[0].Detail);
        Assert.Contains("NOBODY_SET_THIS is not set", record.Deliveries[2].Attempts[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_goes_to_the_one_it_is_for_or_else_to_those_of_the_channel()
    {
        await using var server = new SmtpTarget();
        await using var host = await HostAsync();
        var channels = Channels(new EmailChannel { Name = "mail", To = ["ops@example.com", "dev@example.com"], From = "mlops@example.com", Server = "127.0.0.1", Port = server.Port, Tls = false });
        await DeliverAsync(host, s_message, channels);
        await DeliverAsync(host, s_message with { Id = "approval-2", Recipient = "lead@example.com" }, channels);

        Assert.Equal(["ops@example.com", "dev@example.com"], server.Mails.First().To);
        var (to, text) = server.Mails.Last();
        Assert.Equal(["lead@example.com"], to);
        Assert.Contains("<approval-2@example.com>", text, StringComparison.Ordinal);
        Assert.Contains("Auto-Submitted: auto-generated", text, StringComparison.Ordinal);
        Assert.Contains("multipart/alternative", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recipient_that_the_mail_server_does_not_know_is_given_up()
    {
        await using var server = new SmtpTarget("550 no such user");
        await using var host = await HostAsync();
        var record = await DeliverAsync(host, s_message with { Recipient = "nobody@example.com" },
            Channels(new EmailChannel { Name = "mail", From = "mlops@example.com", Server = "127.0.0.1", Port = server.Port, Tls = false }));
        var delivery = Assert.Single(record.Deliveries);
        Assert.Equal((DeliveryStatus.Failed, 1), (delivery.Status, delivery.Attempts.Count));
        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task A_message_whose_delivery_a_crash_kept_from_starting_is_delivered_at_the_next_start()
    {
        await using var host = await HostAsync();
        await host.Get<NotificationStore>().AddAsync(s_message, [new OutboxChannel { Name = "outbox" }], default);
        await host.Get<Notifier>().ReconcileAsync(default);
        await host.EndOfAsync("notification:approval-1");
        Assert.True(File.Exists(host.PathOf("outbox/20010302-081500-approval-1.txt")));
    }

    [Fact]
    public async Task A_failed_delivery_is_tried_again_when_a_person_says_so()
    {
        await using var target = await HttpTarget.StartAsync(410, 200);
        await using var host = await HostAsync(("HOOK_URL", target.Address));
        var channels = Channels(new WebhookChannel { Name = "hook", UrlFrom = "HOOK_URL" }, new OutboxChannel { Name = "outbox" });
        Assert.True((await DeliverAsync(host, s_message, channels)).HasFailed);

        var again = await host.Get<Notifier>().RetryAsync(s_message.Id, "lead", "It is back.", default);
        Assert.Equal([DeliveryStatus.Pending, DeliveryStatus.Delivered], again!.Deliveries.Select(d => d.Status));
        await host.EndOfAsync("notification:approval-1:1");
        var record = (await host.Get<NotificationStore>().TryGetAsync(s_message.Id, default))!;
        Assert.Equal([(DeliveryStatus.Delivered, 2), (DeliveryStatus.Delivered, 1)], record.Deliveries.Select(d => (d.Status, d.Attempts.Count)));
        Assert.Equal(["notification.retried", "notification.failed"], (await host.Get<AuditLog>().ListAsync(new() { Action = "notification" }, default)).Entries.Select(e => e.Event.Action));

        // What every channel has taken is left as it is, and what nobody knows is none.
        Assert.Equal(1, (await host.Get<Notifier>().RetryAsync(s_message.Id, "lead", "", default))!.Retries);
        Assert.Null(await host.Get<Notifier>().RetryAsync("nobody", "lead", "", default));
    }

    [Fact]
    public async Task Old_messages_are_forgotten_delivered_ones_first_and_pending_ones_never()
    {
        await using var host = await HostAsync();
        var (store, now) = (host.Get<NotificationStore>(), TimeProvider.System.GetUtcNow());
        foreach (var (id, status, days) in new[]
        {
            ("delivered-new", DeliveryStatus.Delivered, 80), ("delivered-old", DeliveryStatus.Delivered, 100),
            ("failed-new", DeliveryStatus.Failed, 300), ("failed-old", DeliveryStatus.Failed, 400), ("pending-old", DeliveryStatus.Pending, 4000),
        })
        {
            await store.AddAsync(s_message with { Id = id, At = now.AddDays(-days) }, [new OutboxChannel { Name = "outbox" }], default);
            if (status is not DeliveryStatus.Pending) await store.RecordAttemptAsync(id, "outbox", new(now.AddDays(-days), status is DeliveryStatus.Delivered, "", 1), default);
            if (status is DeliveryStatus.Failed) await store.FailAsync(id, "outbox", default);
        }

        await DeliverAsync(host, s_message, new());
        Assert.Equal(["approval-1", "delivered-new", "failed-new", "pending-old"], (await store.ListAsync(default)).Select(n => n.Message.Id).Order(StringComparer.Ordinal));
        var entry = Assert.Single((await host.Get<AuditLog>().ListAsync(new() { Action = "notifications.pruned" }, default)).Entries);
        Assert.StartsWith("1 messages delivered before", entry.Event.Reason, StringComparison.Ordinal);

        // Sent again after that, it is delivered again.
        Assert.Equal(DeliveryStatus.Delivered, Assert.Single((await DeliverAsync(host, s_message with { Id = "delivered-old" }, new())).Deliveries).Status);
    }

    [Fact]
    public async Task Channels_of_the_host_are_added_to_those_of_the_pipeline()
    {
        await using var target = await HttpTarget.StartAsync(200);
        await using var host = await HostAsync(
            ("A_URL", target.Address), ("Notifications:Channels:0:Channel", "slack"), ("Notifications:Channels:0:UrlFrom", "A_URL"), ("Notifications:Channels:0:Events:0", "approval"),
            ("Notifications:Channels:1:Channel", "teams"), ("Notifications:Channels:1:UrlFrom", "A_URL"), ("Notifications:Channels:1:Events:0", "alert"));
        var record = await DeliverAsync(host, s_message, Channels(new OutboxChannel { Name = "outbox" }));
        Assert.Equal([("outbox", DeliveryStatus.Delivered), ("host/slack", DeliveryStatus.Delivered)], record.Deliveries.Select(d => (d.Channel.Name, d.Status)));
    }

    [Theory]
    [InlineData("slack", "")]
    [InlineData("pager", "A_URL")]
    public async Task A_channel_of_the_host_that_cannot_be_used_stops_the_start(string kind, string urlFrom) =>
        await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => HostAsync(("Notifications:Channels:0:Channel", kind), ("Notifications:Channels:0:UrlFrom", urlFrom)));

    private static NotifySpec Channels(params ChannelSpec[] channels) => new() { Channels = channels };

    private static async Task<NotificationRecord> DeliverAsync(PipelineHost host, Notification message, NotifySpec channels)
    {
        await host.Get<Notifier>().SendAsync(message, channels, default);
        await host.EndOfAsync($"notification:{message.Id}");
        return (await host.Get<NotificationStore>().TryGetAsync(message.Id, default))!;
    }

    private static Task<PipelineHost> HostAsync(params (string Name, string Value)[] settings) => PipelineHost.StartAsync(configure: configuration => configuration.AddInMemoryCollection(
        [
            new("Notifications:PublicUrl", "https://mlops.example/"),
            new("Notifications:Attempts", "3"),
            new("Notifications:FirstRetry", "00:00:00.020"),
            new("Notifications:Timeout", "00:01:00"),
        ]).AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Name, s.Value))));
}
