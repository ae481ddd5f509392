using System.Net.Http.Json;
using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>Releases through the real serving process: steps of traffic, kills in their midst, and the ways back.</summary>
public sealed class ReleaseTests
{
    private const string Request = """{"instances":[{"age":50,"city":"Mdina"}]}""";

    private const string Canary = """
        release:
          strategy: canary
          steps: [ { traffic: 20%, for: 12s }, { traffic: 60%, for: 5s } ]
          checkEvery: 1s
          tests: { requests: 20, latencyP99: 30s }
        """;

    [Fact]
    public async Task A_canary_that_is_killed_goes_on_with_the_rest_of_its_step_and_takes_over()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        workflows.WriteShop("shop", Canary);
        JsonElement step;
        string run;
        using (var server = await Server.StartAsync(installation))
        {
            await FirstVersionAsync(installation, server);
            installation.Drop("shop", "second.csv", Workflows.Visits(first: 1000));
            step = await ReleaseAsync(server, r => r.GetProperty("traffic").GetInt32() is 20);
            run = step.GetProperty("id").GetString()!;
            Assert.Equal([80, 20], await WeightsAsync(server));
            Assert.Equal(2, (await server.GetAsync($"api/runs/{run}")).GetProperty("steps").EnumerateArray().Count(s => s.GetProperty("step").GetString() is "stage" or "release"));
            server.Kill();
        }

        using (var restarted = await Server.StartAsync(installation))
        {
            var after = await restarted.GetAsync($"api/releases/{run}");
            if (after.GetProperty("traffic").GetInt32() is 20)
                Assert.Equal(step.GetProperty("stepEndsAt").GetString(), after.GetProperty("stepEndsAt").GetString());
            var ended = await ReleaseAsync(restarted, r => r.GetProperty("id").GetString() == run && r.TryGetProperty("finishedAt", out _));
            Assert.Equal("released", ended.GetProperty("status").GetString());
            Assert.Equal([100], await WeightsAsync(restarted));
            Assert.Equal(2, (await restarted.PredictAsync("shop", Request, until: a => a.GetProperty("version").GetInt32() is 2)).GetProperty("version").GetInt32());
            await EveryStepWasTakenOnceAsync(restarted);
            Assert.Equal("released", (await restarted.EndOfRunAsync("shop")).GetProperty("status").GetString());
            Assert.True(File.Exists(installation.PathOf($"runs/{run}/stage/report.html")));
        }
    }

    [Fact]
    public async Task One_command_takes_a_release_under_way_back_and_another_brings_any_earlier_version()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        workflows.WriteShop("shop", Canary);
        using var server = await Server.StartAsync(installation);
        await FirstVersionAsync(installation, server);

        workflows.WriteShop("shop", Canary.Replace("for: 12s", "for: 1h", StringComparison.Ordinal));
        installation.Drop("shop", "second.csv", Workflows.Visits(first: 1000));
        await ReleaseAsync(server, r => r.GetProperty("traffic").GetInt32() is 20);
        var back = (await installation.RunAsync("endpoints", "rollback", "shop", "--reason", "Complaints.", "--json")).Expect(0).Json;
        Assert.Equal(1, back.GetProperty("variants")[0].GetProperty("version").GetInt32());
        Assert.False(back.TryGetProperty("hold", out _));
        var run = await server.EndOfRunAsync("shop");
        Assert.Equal(("failed", "Complaints."), (run.GetProperty("status").GetString(), run.GetProperty("reason").GetString()));
        var release = (await installation.RunAsync("releases", "show", run.GetProperty("run").GetString()!, "--json")).Expect(0).Json;
        Assert.Equal("aborted", release.GetProperty("status").GetString());
        Assert.Equal("approved", (await installation.RunAsync("models", "show", "shop", "2", "--json")).Expect(0).Json.GetProperty("stage").GetString());

        // Released at once, then taken back by hand.
        workflows.WriteShop("shop", "release: { tests: { requests: 20, latencyP99: 30s } }");
        installation.Drop("shop", "third.csv", Workflows.Visits(first: 2000));
        Assert.Equal("released", (await server.EndOfRunAsync("shop", before: run.GetProperty("run").GetString()!)).GetProperty("status").GetString());
        await server.PredictAsync("shop", Request, until: a => a.GetProperty("version").GetInt32() is 3);
        back = (await installation.RunAsync("endpoints", "rollback", "shop", "--reason", "Version 3 is no good.", "--json")).Expect(0).Json;
        Assert.Equal(1, back.GetProperty("variants")[0].GetProperty("version").GetInt32());
        await server.PredictAsync("shop", Request, until: a => a.GetProperty("version").GetInt32() is 1);
        Assert.Equal("deployed", (await installation.RunAsync("models", "show", "shop", "1", "--json")).Expect(0).Json.GetProperty("stage").GetString());
        Assert.Equal("archived", (await installation.RunAsync("models", "show", "shop", "3", "--json")).Expect(0).Json.GetProperty("stage").GetString());
        var history = (await installation.RunAsync("endpoints", "history", "shop", "--json")).Expect(0).Json.GetProperty("history");
        var third = history.EnumerateArray().First(m => !m.TryGetProperty("hold", out _) && m.GetProperty("variants")[0].GetProperty("version").GetInt32() is 3).GetProperty("revision").GetInt32();
        back = (await installation.RunAsync("endpoints", "rollback", "shop", "--to", $"{third}", "--reason", "It was not the model.", "--json")).Expect(0).Json;
        Assert.Equal(3, back.GetProperty("variants")[0].GetProperty("version").GetInt32());
        (await installation.RunAsync("endpoints", "rollback", "none", "--reason", "x")).Expect(2);
    }

    [Fact]
    public async Task Releases_of_two_pipelines_to_one_endpoint_come_one_after_the_other_and_a_promoted_one_waits_no_longer()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        foreach (var pipeline in new[] { "shop", "store" })
            workflows.WriteShop(pipeline, Canary.Replace("release:", "release:\n  endpoint: shop", StringComparison.Ordinal).Replace("for: 12s", "for: 1h", StringComparison.Ordinal));
        using var server = await Server.StartAsync(installation);
        await FirstVersionAsync(installation, server);

        installation.Drop("shop", "second.csv", Workflows.Visits(first: 1000));
        var first = (await ReleaseAsync(server, r => r.GetProperty("traffic").GetInt32() is 20)).GetProperty("id").GetString()!;
        installation.Drop("store", "first.csv", Workflows.Visits(first: 3000));
        var second = await ReleaseAsync(server, r => r.GetProperty("model").GetProperty("name").GetString() is "store");
        Assert.Equal("waiting", second.GetProperty("status").GetString());
        Assert.Equal(first, (await server.GetAsync("api/endpoints/shop")).GetProperty("hold").GetProperty("release").GetString());

        // The first goes on as soon as a person says so; then it is the second one's turn.
        (await installation.RunAsync("releases", "promote", first, "--reason", "Looks good.")).Expect(0);
        var turn = await ReleaseAsync(server, r => r.GetProperty("model").GetProperty("name").GetString() is "store" && r.GetProperty("traffic").GetInt32() is 20);
        Assert.Equal("released", (await server.GetAsync($"api/releases/{first}")).GetProperty("status").GetString());
        (await installation.RunAsync("releases", "abort", turn.GetProperty("id").GetString()!, "--reason", "Wrong endpoint.")).Expect(0);
        Assert.Equal([100], await WeightsAsync(server));
        Assert.Equal("shop", (await server.GetAsync("api/endpoints/shop")).GetProperty("variants")[0].GetProperty("model").GetString());
        Assert.Equal(409, (await server.SendAsync(HttpMethod.Post, $"api/releases/{first}/abort", """{"reason":"Too late."}""")).Status);
    }

    [Fact]
    public async Task A_business_metric_that_applications_report_takes_a_version_back()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        workflows.WriteShop("shop", """
            release:
              strategy: blueGreen
              keep: 1h
              checkEvery: 1s
              minRequests: 10
              while: [ reported.conversion >= 0.1 ]
              tests: { requests: 20, latencyP99: 30s }
            """);
        using var server = await Server.StartAsync(installation);
        await FirstVersionAsync(installation, server);
        installation.Drop("shop", "second.csv", Workflows.Visits(first: 1000));
        await ReleaseAsync(server, r => r.GetProperty("traffic").GetInt32() is 100 && r.GetProperty("status").GetString() is "progressing");
        Assert.Equal([0, 100], await WeightsAsync(server));
        Assert.Equal(202, (await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/reports", """{"metric":"conversion","version":2,"value":0.02,"count":50}""")).Status);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/reports", """{"metric":"conversion","version":2}""")).Status);
        var run = await server.EndOfRunAsync("shop");
        Assert.Contains("reported.conversion is 0.02", run.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("rolledBack", (await server.GetAsync($"api/releases/{run.GetProperty("run").GetString()}")).GetProperty("status").GetString());
        await server.PredictAsync("shop", Request, until: a => a.GetProperty("version").GetInt32() is 1);
    }

    [Fact]
    public async Task A_staged_version_gets_no_traffic_before_somebody_who_may_certifies_it()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        workflows.WriteShop("shop", $$"""release: { tests: { requests: 20, latencyP99: 30s }, certify: { by: [{{Environment.UserName}}] } }""");
        using var server = await Server.StartAsync(installation);
        installation.Drop("shop", "first.csv", Workflows.Visits());
        var run = (await ReleaseAsync(server, r => r.GetProperty("status").GetString() is "certifying")).GetProperty("id").GetString()!;
        Assert.Equal([0], await WeightsAsync(server));
        // The application tests are nobody's requests.
        Assert.Equal(0, (await server.GetAsync("api/endpoints/shop/metrics")).GetProperty("variants")[0].GetProperty("requests").GetInt32());
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/variants/candidate/predict", Request)).Status);
        Assert.NotEqual(200, (await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/predict", Request)).Status);
        var (status, _) = await server.SendAsync(HttpMethod.Post, $"api/approvals/{run}:certificate", """{"decision":"approve"}""", headers: ("X-MlOps-Actor", "stranger"));
        Assert.Equal(403, status);
        (await installation.RunAsync("releases", "certify", run, "--reason", "Tried by hand.")).Expect(0);
        Assert.Equal("released", (await server.EndOfRunAsync("shop")).GetProperty("status").GetString());
        await server.PredictAsync("shop", Request, until: a => a.GetProperty("version").GetInt32() is 1);
    }

    private static async Task FirstVersionAsync(Installation installation, Server server)
    {
        installation.Drop("shop", "first.csv", Workflows.Visits());
        var run = await server.EndOfRunAsync("shop");
        Assert.True(run.GetProperty("status").GetString() is "released", run.ToString());
    }

    /// <summary>The newest release for which something holds, once there is one; its endpoint is asked meanwhile, so that conditions have something to judge.</summary>
    private static async Task<JsonElement> ReleaseAsync(Server server, Func<JsonElement, bool> until)
    {
        var releases = await Eventually.GetAsync(
            async () =>
            {
                using var body = new StringContent(Request, System.Text.Encoding.UTF8, "application/json");
                using var answer = await server.Http.PostAsync("api/endpoints/shop/predict", body);
                return (await server.GetAsync("api/releases")).GetProperty("items");
            },
            seen => seen.EnumerateArray().Any(until));
        return releases.EnumerateArray().First(until);
    }

    private static async Task<IEnumerable<int>> WeightsAsync(Server server) =>
        (await server.GetAsync("api/endpoints/shop")).GetProperty("variants").EnumerateArray().Select(v => v.GetProperty("weight").GetInt32()).ToList();

    private static async Task EveryStepWasTakenOnceAsync(Server server)
    {
        var history = (await server.GetAsync("api/endpoints/shop/history")).GetProperty("items").EnumerateArray().Reverse().ToList();
        var second = history.SkipWhile(m => m.GetProperty("variants").GetArrayLength() < 2).Where(m => m.GetProperty("variants").EnumerateArray().Any(v => v.GetProperty("version").GetInt32() is 2));
        Assert.Equal([0, 20, 60, 100, 100], second.Select(m => m.GetProperty("variants").EnumerateArray().Last().GetProperty("weight").GetInt32()));
    }
}
