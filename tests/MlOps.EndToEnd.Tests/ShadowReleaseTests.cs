using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>A version that shadows the one in production: computed and compared, and nobody who asks can tell.</summary>
public sealed class ShadowReleaseTests
{
    private const int Requests = 40;

    private const string Shadow = """
        release:
          strategy: shadow
          shadow: { mirror: 100%, for: 1h, then: stop }
          while: [ agreement >= 20%, difference <= 0.9, errorRate <= 1% ]
          minRequests: 20
          checkEvery: 1s
          tests: { requests: 20, latencyP99: 30s }
        """;

    [Fact]
    public async Task Every_answer_is_the_champion_s_byte_for_byte_and_the_comparison_is_there_to_read()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        workflows.WriteShop("shop", Shadow);
        using var server = await Server.StartAsync(installation);
        installation.Drop("shop", "first.csv", Workflows.Visits());
        Assert.Equal("released", (await server.EndOfRunAsync("shop")).GetProperty("status").GetString());
        await server.PredictAsync("shop", Request(0), until: a => a.GetProperty("variant").GetString() is "champion");
        var before = await AnswersAsync(server);

        // In one city the young buy now: there the new version answers otherwise.
        installation.Drop("shop", "second.csv", Workflows.Visits(first: 1000).Replace("Mdina,1\n", "Mdina,2\n", StringComparison.Ordinal).Replace("Mdina,0\n", "Mdina,1\n", StringComparison.Ordinal).Replace("Mdina,2\n", "Mdina,0\n", StringComparison.Ordinal));
        var release = await ReleaseAsync(server, r => r.GetProperty("status").GetString() is "progressing");
        var run = release.GetProperty("id").GetString()!;
        Assert.Equal(("shadow", 0), (release.GetProperty("strategy").GetString(), release.GetProperty("traffic").GetInt32()));
        var shadow = await CandidateAsync(server, m => m.TryGetProperty("mirror", out _));
        Assert.Equal(0, shadow.GetProperty("requests").GetInt32());

        Assert.Equal(before, await AnswersAsync(server));

        shadow = await CandidateAsync(server, m => m.GetProperty("requests").GetInt32() >= Requests);
        Assert.Equal((Requests, Requests, 0), (shadow.GetProperty("requests").GetInt32(), shadow.GetProperty("mirror").GetProperty("rows").GetInt32(), shadow.GetProperty("errors").GetInt32()));
        Assert.True(shadow.GetProperty("mirror").GetProperty("meanDifference").GetDouble() > 0);
        Assert.InRange(shadow.GetProperty("mirror").GetProperty("agreeing").GetInt32(), 1, Requests - 1);
        // The first looks may have come before the last of the requests.
        var expected = shadow.GetProperty("mirror").GetProperty("agreeing").GetInt32() / (double)Requests;
        await ReleaseAsync(server, r => r.GetProperty("id").GetString() == run && r.GetProperty("conditions").EnumerateArray().Any(c =>
            c.GetProperty("condition").GetString()!.StartsWith("agreement", StringComparison.Ordinal)
            && c.TryGetProperty("met", out var met) && met.GetBoolean() && c.GetProperty("value").GetDouble() == expected));
        Assert.Contains("agreement is", (await installation.RunAsync("releases", "show", run)).Expect(0).Output, StringComparison.Ordinal);

        // Nobody was answered by it, so nothing is left of it once the comparison ends.
        (await installation.RunAsync("releases", "promote", run, "--reason", "Seen enough.")).Expect(0);
        Assert.Equal("rejected", (await server.EndOfRunAsync("shop")).GetProperty("status").GetString());
        Assert.Equal("compared", (await server.GetAsync($"api/releases/{run}")).GetProperty("status").GetString());
        Assert.Equal(1, Assert.Single((await server.GetAsync("api/endpoints/shop")).GetProperty("variants").EnumerateArray()).GetProperty("version").GetInt32());
        Assert.Equal(before, await AnswersAsync(server));
    }

    private static string Request(int number) => $$"""{"instances":[{"age":{{18 + number}},"city":"{{(number % 3 is 0 ? "Mdina" : "東京")}}"}]}""";

    /// <summary>The answers to the same requests, under the same ids, as they came over the wire.</summary>
    private static async Task<IReadOnlyList<string>> AnswersAsync(Server server)
    {
        var answers = new List<string>();
        for (var i = 0; i < Requests; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/endpoints/shop/predict") { Content = new StringContent(Request(i), System.Text.Encoding.UTF8, "application/json") };
            request.Headers.Add("X-Request-Id", $"customer-{i}");
            using var response = await server.Http.SendAsync(request);
            answers.Add($"{(int)response.StatusCode} {Convert.ToBase64String(await response.Content.ReadAsByteArrayAsync())}");
        }

        Assert.All(answers, a => Assert.StartsWith("200 ", a, StringComparison.Ordinal));
        return answers;
    }

    private static async Task<JsonElement> CandidateAsync(Server server, Func<JsonElement, bool> until)
    {
        bool IsIt(JsonElement variant) => variant.GetProperty("name").GetString() is "candidate" && until(variant);
        var variants = await Eventually.GetAsync(
            async () => (await server.GetAsync("api/endpoints/shop/metrics?seconds=3600")).GetProperty("variants"), seen => seen.EnumerateArray().Any(IsIt));
        return variants.EnumerateArray().First(IsIt);
    }

    private static async Task<JsonElement> ReleaseAsync(Server server, Func<JsonElement, bool> until) =>
        (await Eventually.GetAsync(async () => (await server.GetAsync("api/releases")).GetProperty("items"), seen => seen.EnumerateArray().Any(until))).EnumerateArray().First(until);
}
