using System.Net.Http.Json;
using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>The main job on real flights: from a dropped file to an endpoint that answers, and the next month's challenge to it.</summary>
public sealed class FlightDelayTests
{
    private const string Request = """{"instances":[{"date":"2001-03-02T08:15:00","distance":405,"origin":"MCI","destination":"MDW"}]}""";

    [Fact]
    public async Task A_first_run_releases_a_model_that_answers_and_the_next_month_challenges_it()
    {
        using var installation = new Installation();
        var first = (await installation.RunAsync("run", "flight-delay", "--auto-approve", "--json")).Expect(0).Json;
        ItTellsWhatCameOfIt(first);
        ItBeatsThePlainModel(first);
        DirtyRowsAreSetApart(installation, first);

        using var server = await Server.StartAsync(installation);
        await ItAnswersAsync(server, version: 1);

        File.Copy(installation.PathOf("samples/flight-delay/flight-delay-2001-03.parquet"), installation.PathOf("incoming/flight-delay/flight-delay-2001-03.parquet"));
        var second = await server.WaitForRunAsync("flight-delay", before: first.GetProperty("run").GetString()!, until: ["waitingForApproval", "rejected", "failed"]);
        Assert.Equal("waitingForApproval", second.GetProperty("status").GetString());
        Assert.Equal(1, second.GetProperty("champion").GetProperty("model").GetProperty("version").GetInt32());
        Assert.Contains(second.GetProperty("gates").EnumerateArray(), g => g.GetProperty("text").GetString()!.Contains("champion", StringComparison.Ordinal));

        var id = second.GetProperty("run").GetString()!;
        using var refused = await server.Http.PostAsJsonAsync($"api/approvals/{id}", new { decision = "reject" });
        Assert.Equal(400, (int)refused.StatusCode);
        using var approved = await server.Http.PostAsJsonAsync($"api/approvals/{id}", new { decision = "approve", reason = "Better on the newest flights." });
        Assert.Equal(200, (int)approved.StatusCode);
        using var again = await server.Http.PostAsJsonAsync($"api/approvals/{id}", new { decision = "reject", reason = "Too late." });
        Assert.Equal(409, (int)again.StatusCode);

        await server.WaitForRunAsync("flight-delay", before: first.GetProperty("run").GetString()!, until: ["released"]);
        await ItAnswersAsync(server, version: 2);
        var models = await server.Http.GetFromJsonAsync<JsonElement>("api/models");
        Assert.Equal(["deployed", "archived"], models.GetProperty("items").EnumerateArray().Select(m => m.GetProperty("stage").GetString()));
    }

    private static void ItTellsWhatCameOfIt(JsonElement run)
    {
        Assert.Equal("released", run.GetProperty("status").GetString());
        Assert.Equal("flight-delay", run.GetProperty("dataset").GetProperty("name").GetString());
        Assert.Equal(64, run.GetProperty("dataset").GetProperty("version").GetString()!.Length);
        Assert.True(run.GetProperty("trials").GetArrayLength() >= 6);
        Assert.True(File.Exists(run.GetProperty("model").GetProperty("path").GetString()));
        Assert.All(run.GetProperty("gates").EnumerateArray(), g => Assert.True(g.GetProperty("passed").GetBoolean()));
        Assert.Equal("flight-delay", run.GetProperty("endpoint").GetString());
        Assert.All(
            ["ingest", "validate", "features", "search", "evaluate", "champion", "gates", "register", "approve", "release", "verify", "total"],
            step => Assert.True(run.GetProperty("durations").GetProperty(step).GetDouble() >= 0));
    }

    private static void ItBeatsThePlainModel(JsonElement run)
    {
        var auc = run.GetProperty("metrics").GetProperty("auc").GetDouble();
        var interval = run.GetProperty("intervals").GetProperty("auc").EnumerateArray().Select(e => e.GetDouble()).ToList();
        Assert.True(auc >= 0.655, $"AUC {auc}");
        Assert.True(interval[0] < auc && auc < interval[1] && interval[1] - interval[0] < 0.02, $"[{interval[0]}, {interval[1]}]");
    }

    private static void DirtyRowsAreSetApart(Installation installation, JsonElement run)
    {
        Assert.True(run.GetProperty("dataset").GetProperty("quarantined").GetInt64() > 0);
        Assert.True(File.Exists(installation.PathOf($"quarantine/flight-delay/{run.GetProperty("run").GetString()}/rows.parquet")));
    }

    private static async Task ItAnswersAsync(Server server, int version)
    {
        // The endpoint takes up a release without a restart, within moments.
        var answer = await server.PredictAsync("flight-delay", Request, until: a => a.GetProperty("version").GetInt32() == version);
        var probability = answer.GetProperty("predictions")[0].GetProperty("probability").GetDouble();
        Assert.InRange(probability, 0.01, 0.99);
    }
}
