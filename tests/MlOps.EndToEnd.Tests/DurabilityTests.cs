using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>kill -9 at any moment of a run, then resume: it goes on where it was and comes to the same result.</summary>
public sealed class DurabilityTests
{
    private static readonly string[] s_final = ["released", "rejected", "failed"];

    [Fact]
    public async Task A_run_killed_at_random_points_goes_on_where_it_was_and_comes_to_the_same_result()
    {
        using var untouched = new Installation();
        var expected = (await untouched.RunAsync("run", "penguins", "--auto-approve", "--json")).Expect(0).Json;

        var seed = Environment.TickCount;
        var random = new Random(seed);
        using var installation = new Installation();
        var kills = 0;
        var finished = new Dictionary<string, string>(StringComparer.Ordinal);
        JsonElement actual;
        using (var first = installation.Start("run", "penguins", "--auto-approve", "--json"))
        {
            await installation.AppearsAsync("samples/penguins");
            await first.KillAfterAsync(TimeSpan.FromMilliseconds(random.Next(0, 3000)));
        }

        while (true)
        {
            await FinishedStepsStayAsync(installation, finished);
            using var resumed = installation.Start("resume", "--json");
            if (kills++ < 5 && await resumed.KillAfterAsync(TimeSpan.FromMilliseconds(random.Next(1000, 4000)))) continue;
            await resumed.EndAsync(TimeSpan.FromMinutes(3));
            break;
        }

        await FinishedStepsStayAsync(installation, finished);
        actual = await NewestRunAsync(installation) ?? throw new InvalidOperationException($"seed {seed}: there is no run");
        Assert.True(actual.GetProperty("status").GetString() == "released", $"seed {seed}: {actual}");
        SameResult(expected, actual, seed);
        ItWasApprovedAndReleasedOnce(installation, actual);
    }

    [Fact]
    public async Task A_run_that_waits_for_approval_waits_through_a_kill_and_is_released_once_approved()
    {
        using var installation = new Installation();
        var waiting = (await installation.RunAsync("run", "car-mileage", "--json")).Expect(3);
        var run = waiting.Json.GetProperty("run").GetString()!;
        Assert.Contains($"./mlops approve {run}", waiting.Errors, StringComparison.Ordinal);

        using (var server = await Server.StartAsync(installation)) server.Kill();
        (await installation.RunAsync("resume", "--json")).Expect(3);
        var approved = (await installation.RunAsync("approve", run, "--reason", "The error is small enough.", "--json")).Expect(0).Json;

        Assert.Equal("released", approved.GetProperty("status").GetString());
        Assert.Equal(1, approved.GetProperty("model").GetProperty("version").GetInt32());
        var model = (await installation.RunAsync("models", "show", "car-mileage", "1", "--json")).Expect(0).Json;
        Assert.Equal(["created", "passed", "approved", "deployed"], model.GetProperty("history").EnumerateArray().Select(m => m.GetProperty("stage").GetString()));
    }

    /// <summary>What was finished before a kill is not done again after it: its times stay.</summary>
    private static async Task FinishedStepsStayAsync(Installation installation, Dictionary<string, string> finished)
    {
        if (await NewestRunAsync(installation) is not { } run) return;
        foreach (var step in run.GetProperty("steps").EnumerateArray().Where(s => s.GetProperty("status").GetString() is "done" or "skipped"))
        {
            var name = step.GetProperty("step").GetString()!;
            var times = $"{step.GetProperty("startedAt").GetString()} to {step.GetProperty("finishedAt").GetString()}";
            if (!finished.TryAdd(name, times)) Assert.Equal($"{name} {finished[name]}", $"{name} {times}");
        }
    }

    private static async Task<JsonElement?> NewestRunAsync(Installation installation)
    {
        var runs = (await installation.RunAsync("runs", "--json")).Expect(0).Json.GetProperty("runs");
        if (runs.GetArrayLength() is 0) return null;
        return (await installation.RunAsync("runs", "show", runs[0].GetProperty("runId").GetString()!, "--json")).Expect(0).Json;
    }

    private static void SameResult(JsonElement expected, JsonElement actual, int seed)
    {
        Assert.True(expected.GetProperty("dataset").ToString() == actual.GetProperty("dataset").ToString(), $"seed {seed}: {actual}");
        Assert.Equal(expected.GetProperty("model").GetProperty("sha256").GetString(), actual.GetProperty("model").GetProperty("sha256").GetString());
        Assert.Equal(expected.GetProperty("model").GetProperty("package").GetString(), actual.GetProperty("model").GetProperty("package").GetString());
        Assert.Equal(expected.GetProperty("bestTrial").GetInt32(), actual.GetProperty("bestTrial").GetInt32());
        foreach (var metric in expected.GetProperty("metrics").EnumerateObject().Where(m => !m.Name.StartsWith("latency", StringComparison.Ordinal)))
            Assert.Equal(metric.Value.GetDouble(), actual.GetProperty("metrics").GetProperty(metric.Name).GetDouble());
    }

    private static void ItWasApprovedAndReleasedOnce(Installation installation, JsonElement run)
    {
        Assert.Contains(run.GetProperty("status").GetString(), s_final);
        var manifest = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(installation.PathOf("endpoints/penguins/manifest.json")));
        // Held, staged, all traffic, complete: each written once.
        Assert.Equal(4, manifest.GetProperty("revision").GetInt32());
        Assert.Equal(1, run.GetProperty("model").GetProperty("version").GetInt32());
    }
}
