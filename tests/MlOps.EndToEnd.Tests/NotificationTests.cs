using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>Messages to people as an operator meets them on the command line.</summary>
public sealed class NotificationTests
{
    [Fact]
    public async Task A_message_that_failed_is_listed_shown_and_tried_again()
    {
        using var workflows = new Workflows();
        workflows.WriteShop("shop", """
            notify:
              channels:
                - { channel: outbox }
                - { channel: email, to: [ops@example.com], from: mlops@example.com, server: 127.0.0.1, port: 1, user: mlops, passwordFrom: NOBODY_SET_THIS }
            """);
        using var installation = new Installation(workflows.Root) { Settings = { ["Notifications__Attempts"] = "1" } };
        var sent = (await installation.RunAsync("notifications", "test", "shop", "--json")).Expect(1).Json.GetProperty("notifications")[0];
        var id = sent.GetProperty("message").GetProperty("id").GetString()!;
        using var server = await Server.StartAsync(installation);
        await Eventually.GetAsync(() => server.GetAsync($"api/notifications/{id}"), seen => StatusesOf(seen).Contains("failed"));

        Assert.Equal(["delivered", "failed"], StatusesOf((await installation.RunAsync("notifications", "show", id, "--json")).Expect(0).Json));
        Assert.Equal(id, (await installation.RunAsync("notifications", "list", "--failed", "--json")).Expect(0).Json.GetProperty("notifications")[0].GetProperty("message").GetProperty("id").GetString());
        var again = (await installation.RunAsync("notifications", "retry", id, "--reason", "The password is set.", "--json")).Expect(1).Json.GetProperty("notifications")[0];
        var last = again.GetProperty("deliveries")[1].GetProperty("attempts")[1].GetProperty("detail").GetString();
        Assert.Contains("NOBODY_SET_THIS is not set", last, StringComparison.Ordinal);
        Assert.Equal(1, again.GetProperty("deliveries")[0].GetProperty("attempts").GetArrayLength());

        var entry = (await installation.RunAsync("audit", "list", "--what", "notification.retried", "--json")).Expect(0).Json.GetProperty("entries")[0].GetProperty("event");
        Assert.EndsWith("The password is set.", entry.GetProperty("reason").GetString(), StringComparison.Ordinal);
        (await installation.RunAsync("notifications", "retry", "nobody")).Expect(2);
        (await installation.RunAsync("notifications", "show", "nobody")).Expect(2);
        Assert.Contains(id, (await installation.RunAsync("notifications", "list")).Expect(0).Output, StringComparison.Ordinal);
    }

    private static IEnumerable<string?> StatusesOf(JsonElement record) => record.GetProperty("deliveries").EnumerateArray().Select(d => d.GetProperty("status").GetString());
}
