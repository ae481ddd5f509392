using System.Text.Json;
using System.Xml.Linq;
using MlOps.Data.Native;

namespace MlOps.EndToEnd.Tests;

/// <summary>'mlops replay' over a past of twelve days: on the ninth another kind of customer comes, whom the first model gets wrong.</summary>
public sealed class ReplayTests : IDisposable
{
    private const string Pipeline = """
        name: visits
        description: Does this visit end with a purchase?
        triggers:
          drift: { cooldown: 7d }
          performance: { cooldown: 7d }
        data:
          window: 3d
          columns:
            seen: { type: timestamp, required: true }
            age: { type: int, min: 0, max: 120 }
            bought: { type: bool, required: true }
        features:
          label: { name: bought, sql: "bought" }
          inputs: { age: {} } # requests say themselves when they were
          split: { by: random, test: 0.3, validation: 0.2, seed: 1 }
        training:
          search: { trials: 1, parallel: 1, minimize: logLoss }
          trainers:
            - { trainer: xgboost, max_depth: 2, eta: 0.5, rounds: 10 }
        monitors:
          window: 1d
          log: { time: seen }
          drift: { max: 0.2, minRows: 50 }
          performance: { expect: [accuracy >= 0.75], minRows: 50 }
        example: { source: shop/visits.parquet, partition: "if(seen < TIMESTAMP '2001-01-08', 'a', 'b')" }
        """;

    private readonly Workflows _workflows = new();

    public ReplayTests()
    {
        _workflows.Write("visits", Pipeline);
        var folder = Directory.CreateDirectory(Path.Combine(_workflows.Root, "node_modules", "shop")).FullName;
        using var connection = DuckDbConnection.Open();
        // 150 a day. Until the 8th who is 40 or older buys; from the 9th on they are 70 or older and do not. One in ten does otherwise.
        connection.Execute(
            $"""
            COPY (
              SELECT TIMESTAMP '2001-01-01' + to_minutes(CAST(i * 9 + (i // 150) * 90 AS BIGINT)) AS seen,
                     CAST(if(i // 150 < 8, 18 + (i * 37) % 50, 70 + (i * 37) % 20) AS INTEGER) AS age,
                     (if(i // 150 < 8, 18 + (i * 37) % 50 >= 40, false)) != (i % 10 = 0) AS bought
              FROM range(12 * 150) t(i)
            ) TO {Sql.Text(Path.Combine(folder, "visits.parquet"))} (FORMAT parquet)
            """,
            CancellationToken.None);
    }

    public void Dispose() => _workflows.Dispose();

    [Fact]
    public async Task When_the_world_changes_an_alert_starts_a_run_on_what_waited_and_a_better_model_takes_over()
    {
        using var installation = new Installation(_workflows.Root);
        var chart = installation.PathOf("chart.svg");
        var told = (await installation.RunAsync("replay", "visits", "--to", "2001-01-11", "--rows", "100", "--chart", chart, "--json")).Expect(0).Json;
        var days = told.GetProperty("days").EnumerateArray().ToList();
        Assert.Equal(["2001-01-08", "2001-01-09", "2001-01-10", "2001-01-11"], days.Select(d => d.GetProperty("day").GetString()));
        Assert.All(days, d => Assert.Equal(100, d.GetProperty("rows").GetInt32()));
        // The ninth's labels come on the tenth; from then on another version answers.
        Assert.Equal([1, 1, 2, 2], days.Select(d => d.GetProperty("version").GetInt32()));

        var wishes = days[2].GetProperty("retrainings").EnumerateArray().ToList();
        Assert.Equal(2, wishes.Count);
        Assert.Equal(["drift", "performance"], wishes.Select(w => w.GetProperty("trigger").GetString()).Order(StringComparer.Ordinal));
        var started = Assert.Single(wishes, w => w.GetProperty("status").GetString() == "started");
        Assert.Single(wishes, w => w.GetProperty("status").GetString() == "coalesced");
        Assert.StartsWith("Alert visits.", started.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.True(started.GetProperty("replaced").GetBoolean());
        // The files of the 8th and the 9th waited.
        Assert.Equal(300, started.GetProperty("rows").GetInt64());
        Assert.True(started.GetProperty("difference").GetProperty("pValue").GetDouble() <= 0.05);
        Assert.True(started.GetProperty("difference").GetProperty("interval").GetProperty("high").GetDouble() < 0);
        Assert.All(days[2..], d => Assert.True(d.GetProperty("value").GetDouble() < d.GetProperty("withoutRetraining").GetDouble()));
        Assert.All(days[..2], d => Assert.Equal(d.GetProperty("withoutRetraining").GetDouble(), d.GetProperty("value").GetDouble(), 6));

        var summary = told.GetProperty("summary");
        Assert.Equal((1, 1), (summary.GetProperty("retrainings").GetInt32(), summary.GetProperty("replacements").GetInt32()));
        var gain = days[2..].Average(d => d.GetProperty("value").GetDouble() - d.GetProperty("withoutRetraining").GetDouble());
        Assert.Equal(gain, summary.GetProperty("afterFirstReplacement").GetProperty("difference").GetDouble(), 9);
        Assert.Equal("svg", XDocument.Load(chart).Root!.Name.LocalName);
        Assert.Equal(5, (await File.ReadAllLinesAsync(Path.Combine(told.GetProperty("folder").GetString()!, "days.csv"))).Length);
        await WhatTheHomeSaysAsync(told, started.GetProperty("run").GetString()!);
        Assert.Contains("is not empty", (await installation.RunAsync("replay", "visits")).Expect(2).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_candidate_that_is_not_better_enough_leaves_the_champion_in_its_place()
    {
        using var installation = new Installation(_workflows.Root);
        var told = (await installation.RunAsync(
            "replay", "visits", "--from", "2001-01-09", "--to", "2001-01-10", "--gate", "logLoss < champion.logLoss - 50 with 95% confidence", "--json")).Expect(0).Json;
        var last = told.GetProperty("days")[1];
        Assert.Equal(1, last.GetProperty("version").GetInt32());
        var started = last.GetProperty("retrainings").EnumerateArray().Single(w => w.GetProperty("status").GetString() == "started");
        Assert.False(started.GetProperty("replaced").GetBoolean());
        Assert.Contains("did not pass its gates: logLoss < champion.logLoss - 50 with 95% confidence", started.GetProperty("outcome").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, started.GetProperty("difference").GetProperty("pValue").GetDouble(), 12);
        Assert.Equal(0, told.GetProperty("summary").GetProperty("replacements").GetInt32());
    }

    [Theory]
    [InlineData("replay nothing", "There is no pipeline 'nothing'")]
    [InlineData("replay plain", "has no 'example'")]
    [InlineData("replay visits --from 2001-13-01", "write a day as 2001-03-01")]
    [InlineData("replay visits --from 2001-01-01", "must be after 2001-01-01")]
    [InlineData("replay visits --to 2002-01-01", "must be between 2001-01-08 and 2001-01-12")]
    [InlineData("replay visits --rows 0", "must be between 1 and 100000")]
    [InlineData("replay visits --gate better", "expected a condition")]
    public async Task What_cannot_be_replayed_is_refused_before_anything_starts(string line, string problem)
    {
        _workflows.WriteShop("plain");
        using var installation = new Installation(_workflows.Root);
        var told = (await installation.RunAsync(line.Split(' '))).Expect(2);
        Assert.Contains(problem, told.Errors, StringComparison.Ordinal);
        Assert.Empty(told.Output);
        CommandOutput.HasNoStackTrace(told.Errors);
    }

    /// <summary>The home of the replay is one like any other: reasons, decisions and who made them stand there.</summary>
    private static async Task WhatTheHomeSaysAsync(JsonElement told, string run)
    {
        var folder = told.GetProperty("folder").GetString()!;
        using var replayed = new Installation(Path.Combine(folder, "repository"), Path.Combine(folder, "home"));
        var details = (await replayed.RunAsync("runs", "show", run, "--json")).Expect(0).Json;
        Assert.Equal("released", details.GetProperty("status").GetString());
        Assert.Equal("monitors", details.GetProperty("startedBy").GetString());
        Assert.Contains(details.GetProperty("gates").EnumerateArray(), g => g.GetProperty("text").GetString() == "logLoss < champion.logLoss with 95% confidence");
        (await replayed.RunAsync("audit", "verify")).Expect(0);
        Assert.Empty(Directory.EnumerateFiles(replayed.PathOf("incoming/visits"), "2001-01-0*"));
    }
}
