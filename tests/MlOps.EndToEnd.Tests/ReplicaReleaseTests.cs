using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>A canary whose requests go to another process than the one that its release asks: what is counted there decides.</summary>
public sealed class ReplicaReleaseTests
{
    private const string Request = """{"instances":[{"age":50,"city":"Mdina"}]}""";

    private const string Canary = """
        release:
          strategy: canary
          steps: [ { traffic: 50%, for: 1h } ]
          checkEvery: 1s
          minRequests: 10
          while: [ errorRate <= 0%, predictionMean >= champion.predictionMean - 0.2 ]
          tests: { requests: 20, latencyP99: 30s }
        """;

    [Fact]
    public async Task A_canary_goes_on_while_another_process_sees_nothing_wrong_and_is_taken_back_for_what_it_alone_sees()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        workflows.WriteShop("shop", Canary);
        using var server = await Server.StartAsync(installation);
        var first = await ReleasedAsync(server, () => installation.Drop("shop", "first.csv", Workflows.Visits()), "");
        using var other = await ServingProcess.StartAsync(installation.Home);

        installation.Drop("shop", "second.csv", Workflows.Visits(first: 1000));
        var good = await ReleaseOfAsync(server, other, version: 2, r => IsJudged(r) && r.GetProperty("conditions").EnumerateArray().All(c => c.GetProperty("met").GetBoolean()));
        await CountsAreThoseOfAsync(server, other, champion: 1, candidate: 2);
        (await installation.RunAsync("releases", "promote", IdOf(good), "--reason", "All is well where it is used.")).Expect(0);
        var second = await ReleasedAsync(server, () => { }, first);
        await OnlyAnswersAsync(other, 2);

        // Another world: here the young buy, and the old do not.
        installation.Drop("shop", "third.csv", Flipped(Workflows.Visits(rows: 2000, first: 2000)));
        var bad = await ReleaseOfAsync(server, other, version: 3, r => r.TryGetProperty("finishedAt", out _));
        Assert.Equal("rolledBack", bad.GetProperty("status").GetString());
        var run = await server.EndOfRunAsync("shop", second);
        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.Contains("predictionMean >= champion.predictionMean - 0.2: predictionMean is ", run.GetProperty("reason").GetString(), StringComparison.Ordinal);
        await OnlyAnswersAsync(other, 2);
    }

    private static string Flipped(string visits) =>
        visits.Replace(",1\n", ",2\n", StringComparison.Ordinal).Replace(",0\n", ",1\n", StringComparison.Ordinal).Replace(",2\n", ",0\n", StringComparison.Ordinal);

    private static string IdOf(JsonElement release) => release.GetProperty("id").GetString()!;

    private static bool IsJudged(JsonElement release) =>
        release.GetProperty("conditions") is { } conditions && conditions.GetArrayLength() > 0 && conditions.EnumerateArray().All(c => c.TryGetProperty("met", out _));

    /// <summary>The id of the pipeline's newest run, which must end with a release.</summary>
    private static async Task<string> ReleasedAsync(Server server, Action begin, string except)
    {
        begin();
        var run = await server.EndOfRunAsync("shop", except);
        Assert.True(run.GetProperty("status").GetString() is "released", run.ToString());
        return run.GetProperty("run").GetString()!;
    }

    /// <summary>A version's release once something holds of it. Meanwhile the other process is asked, and the one that the release asks is not.</summary>
    private static async Task<JsonElement> ReleaseOfAsync(Server server, ServingProcess other, int version, Func<JsonElement, bool> until)
    {
        bool IsIt(JsonElement release) => release.GetProperty("model").GetProperty("version").GetInt32() == version && until(release);
        var releases = await Eventually.GetAsync(
            async () =>
            {
                for (var i = 0; i < 5; i++) await other.PredictAsync("shop", Request);
                return (await server.GetAsync("api/releases")).GetProperty("items");
            },
            seen => seen.EnumerateArray().Any(IsIt));
        return releases.EnumerateArray().First(IsIt);
    }

    /// <summary>Waits until the other process has followed: one version answers, whoever asks.</summary>
    private static async Task OnlyAnswersAsync(ServingProcess other, int version)
    {
        var end = DateTime.UtcNow + Eventually.Patience;
        for (var alike = 0; alike < 20; alike = await other.PredictAsync("shop", Request) == version ? alike + 1 : 0)
        {
            Assert.True(DateTime.UtcNow < end, $"version {version} does not answer alone");
            await Task.Delay(20);
        }
    }

    /// <summary>The process that the release asks tells of both processes, and was asked nothing itself.</summary>
    private static async Task CountsAreThoseOfAsync(Server server, ServingProcess other, int champion, int candidate)
    {
        var end = DateTime.UtcNow + Eventually.Patience;
        while (true)
        {
            var metrics = await server.GetAsync("api/endpoints/shop/metrics?seconds=3600");
            var told = metrics.GetProperty("variants").EnumerateArray().ToDictionary(v => v.GetProperty("version").GetInt32(), v => v.GetProperty("requests").GetInt32());
            if (metrics.GetProperty("replicas").GetInt32() is 2 && told[champion] == other.Answered[champion] && told[candidate] == other.Answered[candidate]) return;
            Assert.True(DateTime.UtcNow < end, $"answered {string.Join(", ", other.Answered)}, told: {metrics}");
            await Task.Delay(100);
        }
    }
}
