using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>From an answered request to an alert, through the real server, over a kill -9.</summary>
public sealed class MonitoringTests
{
    private const string Monitors = """
        monitors:
          window: 1d
          log: { hide: { hash: [city] } }
          labels: { key: [age] }
          quality: { minRows: 50 }
          drift: { max: 0.2, minRows: 50, alert: { severity: critical } }
          performance: { expect: [accuracy >= 0.8], minRows: 50 }
          service: {}
        """;

    [Fact]
    public async Task Answers_are_logged_labelled_measured_and_what_is_wrong_raises_an_alert()
    {
        using var workflows = new Workflows();
        workflows.WriteShop("shop", Monitors);
        using var installation = new Installation(workflows.Root);
        var requests = new List<string>();
        using (var server = await Server.StartAsync(installation))
        {
            installation.Drop("shop", "visits.csv", Workflows.Visits());
            Assert.Equal("released", (await server.EndOfRunAsync("shop")).GetProperty("status").GetString());
            await server.PredictAsync("shop", """{"instances":[{"age":30,"city":"Mdina"}]}""", _ => true);
            // All of them old: another world than that of training.
            for (var i = 0; i < 120; i++)
                requests.Add((await server.PredictAsync("shop", $$"""{"instances":[{"age":{{70 + (i % 8)}},"city":"Mdina"}]}""", _ => true)).GetProperty("requestId").GetString()!);
            await StoredAsync(installation, requests[^1]);
            server.Kill();
        }

        using (var server = await Server.StartAsync(installation))
        {
            await RefusedLabelsAsync(server);
            var labels = new StringBuilder("request,row,label\n");
            foreach (var request in requests) labels.Append(CultureInfo.InvariantCulture, $"{request},0,false\n");
            labels.Append("nobody,0,true\n");
            Assert.Equal(202, (await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/labels", labels.ToString(), "text/csv")).Status);
            Assert.Equal(202, (await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/labels", $$"""{"labels":[{"request":"{{requests[0]}}","label":true},{"request":"{{requests[1]}}","label":false}]}""")).Status);

            var run = (await installation.RunAsync("monitors", "run", "shop", "--json")).Expect(0).Json.GetProperty("runs")[0];
            Assert.Equal("completed", run.GetProperty("status").GetString());
            var outcomes = run.GetProperty("result").GetProperty("outcomes").EnumerateArray().ToDictionary(o => o.GetProperty("monitor").GetString()!);
            Assert.All(outcomes.Values, o => Assert.Equal(121, o.GetProperty("rows").GetInt64()));
            Assert.True(outcomes["drift"].GetProperty("breached").GetInt32() > 0);
            Assert.True(outcomes["performance"].GetProperty("breached").GetInt32() > 0);

            var counts = (await installation.RunAsync("labels", "show", "shop", "--json")).Expect(0).Json;
            Assert.Equal((123, 120, 1, 1, 1), (Of(counts, "received"), Of(counts, "matched"), Of(counts, "repeated"), Of(counts, "contradicting"), Of(counts, "waiting")));
            await CorrectedAsync(server, installation, requests[2]);
            await PredictionsAsync(server, installation, requests);
            await ProofAsync(server, installation);
            await AlertsAsync(server, installation);
            await ReportAsync(installation);
        }

        // What is hidden stands nowhere in the log.
        Assert.DoesNotContain(Directory.EnumerateFiles(installation.PathOf("predictions"), "*", SearchOption.AllDirectories), f => Encoding.UTF8.GetString(File.ReadAllBytes(f)).Contains("Mdina", StringComparison.Ordinal));
    }

    /// <summary>kill -9 loses at most what was not stored yet: here everything was.</summary>
    private static async Task StoredAsync(Installation installation, string request)
    {
        var folder = installation.PathOf("predictions/shop/segments");
        await Eventually.HoldsAsync(
            () => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.jsonl").Any(f => File.ReadAllText(f).Contains(request, StringComparison.Ordinal)),
            () => $"the last answer was not stored: {string.Join(' ', Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : [])}");
    }

    private static async Task RefusedLabelsAsync(Server server)
    {
        foreach (var (body, type, status, expected) in new[]
        {
            ("""{"labels":[{"request":"a","label":"maybe"}]}""", "application/json", 400, "label 1: 'label' is \\u0022maybe\\u0022"),
            ("""{"labels":[]}""", "application/json", 400, "There is no label"),
            ("""{"lables":[]}""", "application/json", 400, "'labels' is missing"),
            ("{", "application/json", 400, "no JSON"),
            ("request,label\na,perhaps\n", "text/csv", 400, "label 1"),
            ("not parquet", "application/vnd.apache.parquet", 400, "The file is no Parquet"),
        })
        {
            var (answered, problem) = await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/labels", body, type);
            Assert.True(status == answered, $"{body}: {answered} {problem}");
            Assert.DoesNotContain("/tmp", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Contains(JsonSerializer.Deserialize<string>($"\"{expected}\"")!, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
        Assert.Equal(415, (await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/labels", "x", "image/png")).Status);
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Post, "api/endpoints/nobody/labels", """{"labels":[{"request":"a","label":true}]}""")).Status);
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/monitors/run", """{"monitors":["dirft"]}""")).Status);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/monitors/run", """{"from":"2001-03-02T00:00:00Z","to":"2001-03-01T00:00:00Z"}""")).Status);
    }

    private static async Task CorrectedAsync(Server server, Installation installation, string request)
    {
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Put, "api/endpoints/shop/labels", $$"""{"labels":[{"request":"{{request}}","label":true}]}""")).Status);
        (await installation.RunAsync("labels", "correct", "shop", "--request", request, "--label", "true", "--reason", "counted twice", "--json")).Expect(0);
        (await installation.RunAsync("monitors", "run", "shop", "performance", "--json")).Expect(0);
        Assert.Equal((1, 120), (Of((await installation.RunAsync("labels", "show", "shop", "--json")).Expect(0).Json, "corrected"), Of((await installation.RunAsync("labels", "show", "shop", "--json")).Expect(0).Json, "matched")));
        var entry = (await server.GetAsync("api/audit?action=labels.corrected")).GetProperty("items")[0].GetProperty("event");
        Assert.Equal(("counted twice", $"{request}/0 = 0", $"{request}/0 = 1"), (entry.GetProperty("reason").GetString(), entry.GetProperty("before").GetString(), entry.GetProperty("after").GetString()));
    }

    /// <summary>What was answered is shown row by row, with labels and without what is hidden; who looks is audited.</summary>
    private static async Task PredictionsAsync(Server server, Installation installation, List<string> requests)
    {
        // Not sorted into its day yet, while the others are.
        var fresh = (await server.PredictAsync("shop", """{"instances":[{"age":44,"city":"Mdina"},{"age":45}]}""", _ => true)).GetProperty("requestId").GetString();
        var list = (await installation.RunAsync("predictions", "list", "shop", "--limit", "4", "--reason", "Somebody asked.", "--json")).Expect(0).Json;
        var rows = list.GetProperty("predictions").EnumerateArray().ToList();
        Assert.Equal([$"{fresh}/0", $"{fresh}/1", $"{requests[^1]}/0", $"{requests[^2]}/0"], rows.Select(r => $"{r.GetProperty("request").GetString()}/{r.GetProperty("row").GetInt32()}"));
        Assert.Matches("^[0-9a-f]{32}$", rows[0].GetProperty("instance").GetProperty("city").GetString());
        Assert.Equal(("0", 77), (rows[2].GetProperty("label").GetString(), rows[2].GetProperty("instance").GetProperty("age").GetInt32()));
        Assert.All(rows, r => Assert.Equal((Environment.MachineName, 12), (r.GetProperty("device").GetString(), r.GetProperty("replica").GetString()!.Length)));
        // The process that answered before the kill was another.
        Assert.NotEqual(rows[0].GetProperty("replica").GetString(), rows[2].GetProperty("replica").GetString());

        var shown = new List<string>();
        for (string? token = ""; token is not null;)
        {
            var page = await server.GetAsync($"api/endpoints/shop/predictions?take=50&labelled=true{(token.Length > 0 ? $"&continuationToken={token}" : "")}");
            shown.AddRange(page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("request").GetString()!));
            token = page.TryGetProperty("continuationToken", out var next) ? next.GetString() : null;
        }

        Assert.Equal(requests.AsEnumerable().Reverse(), shown);
        Assert.Equal("1", (await server.GetAsync($"api/endpoints/shop/predictions?requestId={requests[2]}")).GetProperty("items")[0].GetProperty("label").GetString());
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Get, "api/endpoints/shop/predictions?continuationToken=nonsense")).Status);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Get, "api/endpoints/shop/predictions?from=2001-03-02T00:00:00Z&to=2001-03-01T00:00:00Z")).Status);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Get, "api/endpoints/shop/predictions?take=1001")).Status);
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Get, "api/endpoints/nobody/predictions")).Status);
        Assert.Contains(requests[^1], (await installation.RunAsync("predictions", "list", "shop", "--request", requests[^1])).Expect(0).Output, StringComparison.Ordinal);
        var looks = (await server.GetAsync("api/audit?action=data.read&subject=endpoints/shop/predictions")).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("event").GetProperty("reason").GetString());
        Assert.Equal([$"Logged predictions request {requests[^1]}.", $"Logged predictions request {requests[2]}.", "Logged predictions with a label."], looks.Take(3));
        Assert.Contains("Logged predictions. Somebody asked.", looks);
    }

    /// <summary>A run shows the row that verified its release to who asks for it alone.</summary>
    private static async Task ProofAsync(Server server, Installation installation)
    {
        var run = (await server.GetAsync("api/runs?pipeline=shop")).GetProperty("items")[0].GetProperty("runId").GetString()!;
        var without = (await installation.RunAsync("runs", "show", run, "--json")).Expect(0).Json;
        Assert.False(without.TryGetProperty("proof", out _));
        Assert.DoesNotContain("instances", without.ToString(), StringComparison.Ordinal);
        Assert.Empty((await server.GetAsync($"api/audit?action=data.read&subject=runs/{run}")).GetProperty("items").EnumerateArray());
        var with = (await installation.RunAsync("runs", "show", run, "--proof", "--json")).Expect(0).Json;
        Assert.True(with.GetProperty("proof").GetProperty("request").GetProperty("instances")[0].TryGetProperty("age", out _));
        Assert.Single((await server.GetAsync($"api/audit?action=data.read&subject=runs/{run}")).GetProperty("items").EnumerateArray());
    }

    private static async Task AlertsAsync(Server server, Installation installation)
    {
        var alerts = (await installation.RunAsync("alerts", "list", "shop", "--open", "--json")).Expect(0).Json.GetProperty("alerts").EnumerateArray().ToList();
        Assert.Equal(["drift", "performance"], alerts.Select(a => a.GetProperty("monitor").GetString()).Order(StringComparer.Ordinal));
        var drift = alerts.Single(a => a.GetProperty("monitor").GetString() == "drift");
        Assert.Equal("critical", drift.GetProperty("severity").GetString());
        var id = drift.GetProperty("id").GetString()!;
        var taken = (await installation.RunAsync("alerts", "ack", id, "--reason", "looking at the feed", "--json")).Expect(0).Json;
        Assert.Equal("looking at the feed", taken.GetProperty("acknowledged").GetProperty("reason").GetString());
        Assert.Equal(409, (await server.SendAsync(HttpMethod.Post, $"api/alerts/{id}/acknowledgement", """{"reason":"me too"}""", headers: ("X-MlOps-Actor", "somebody else"))).Status);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/silences", """{"until":"2001-01-01T00:00:00Z","reason":"x"}""")).Status);
        (await installation.RunAsync("alerts", "silence", "shop", "--until", "2999-01-01", "--reason", "a campaign", "--json")).Expect(0);
        var messages = await server.GetAsync("api/notifications");
        Assert.Equal(2, messages.GetProperty("items").EnumerateArray().Count(n => n.GetProperty("message").GetProperty("event").GetString() == "alert.raised"));
    }

    private static async Task ReportAsync(Installation installation)
    {
        var path = installation.PathOf("report.html");
        (await installation.RunAsync("monitors", "report", "shop", "--output", path)).Expect(0);
        var page = await File.ReadAllTextAsync(path);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Contains("looking at the feed", page, StringComparison.Ordinal);
    }

    private static long Of(JsonElement counts, string name) => counts.GetProperty(name).GetInt64();
}
