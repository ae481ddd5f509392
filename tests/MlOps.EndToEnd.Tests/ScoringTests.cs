using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>Whole files scored: as the predict API answers, row by row, and whatever happens to the host.</summary>
public sealed class ScoringTests
{
    [Fact]
    public async Task A_dropped_file_is_answered_as_the_predict_API_answers_row_by_row()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        workflows.WriteShop("shop");
        using var server = await Server.StartAsync(installation);
        await ReleaseAsync(installation, server);
        string[] cities = ["Kraków", "Mdina", "東京", "Atlantis", ""];
        var rows = Enumerable.Range(0, 300).Select(i => (Age: i is 7 ? "200" : i is 8 ? "old" : i % 11 is 0 ? "" : $"{18 + (i * 7 % 60)}", City: cities[i % 5])).ToList();
        var file = new StringBuilder("visit,age,city,prediction\n");
        for (var i = 0; i < rows.Count; i++) file.Append(CultureInfo.InvariantCulture, $"v{i},{rows[i].Age},{rows[i].City},mine\n");

        Drop(installation, "shop", "visits.csv", file.ToString());
        var job = await EndOfAsync(server, "visits.csv");

        Assert.Equal(("done", 298, 2, "drop"), (Text(job, "status"), job.GetProperty("rows").GetInt32(), job.GetProperty("refusedRows").GetInt32(), Text(job, "by")));
        var lines = await File.ReadAllLinesAsync(installation.PathOf(Text(job, "output")));
        Assert.Equal("row_number,visit,age,city,input_prediction,prediction,probability,model_version", lines[0]);
        var refused = new List<string>();
        var expected = new List<string>();
        for (var i = 0; i < rows.Count; i++)
        {
            var (status, answer) = await server.SendAsync(HttpMethod.Post, "api/endpoints/shop/predict", JsonSerializer.Serialize(new { instances = new[] { InstanceOf(rows[i]) } }));
            if (status is 200)
            {
                var prediction = answer.GetProperty("predictions")[0];
                expected.Add($"{i + 1},v{i},{rows[i].Age},{rows[i].City},mine,{prediction.GetProperty("value").GetRawText()},{prediction.GetProperty("probability").GetRawText()},1");
            }
            else
            {
                // "instances[0].age = 200: a number from 0 to 120 is expected."
                var rule = answer.GetProperty("detail").GetString()!.Split(": ", 2)[1];
                refused.Add($"{i + 1},{i + 2},age,{rows[i].Age},{rule}");
            }
        }

        Assert.Equal(expected, lines[1..]);
        Assert.Equal(refused, (await File.ReadAllLinesAsync(installation.PathOf(Text(job, "refused"))))[1..]);
        Assert.Empty(Directory.EnumerateFiles(installation.PathOf("scoring/shop")));
    }

    [Fact]
    public async Task A_host_killed_in_the_midst_of_a_job_goes_on_where_it_was()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        workflows.WriteShop("shop");
        installation.Settings["Pipelines__ScoringChunkRows"] = "50";
        var file = Path.Combine(workflows.Root, "visits.csv");
        await File.WriteAllTextAsync(file, Workflows.Visits(rows: 6_000).Replace("\n40,", "\n-40,", StringComparison.Ordinal));
        using (var server = await Server.StartAsync(installation))
        {
            await ReleaseAsync(installation, server);
            var accepted = (await installation.RunAsync("score", "shop", file, "--json")).Expect(0).Json;
            await ChunksAsync(installation, accepted, 3);
            server.Kill();
            Assert.False(Directory.EnumerateFiles(installation.PathOf($"scored/shop/{Text(accepted, "id")}"), "scored.*").Any(), "the job was done before the host was killed");
        }

        (await installation.RunAsync("resume", "--json")).Expect(0);
        var interrupted = (await installation.RunAsync("scoring", "list", "--json")).Expect(0).Json.GetProperty("jobs")[0];
        Assert.Equal("done", Text(interrupted, "status"));
        // The same rows in one piece, by a command that is the host itself.
        installation.Settings.Remove("Pipelines__ScoringChunkRows");
        var whole = Path.Combine(workflows.Root, "whole.csv");
        File.Copy(file, whole);
        var output = Path.Combine(workflows.Root, "output.csv");
        var job = (await installation.RunAsync("score", "shop", whole, "--out", output, "--json")).Expect(0).Json;
        Assert.Equal((job.GetProperty("rows").GetInt64(), job.GetProperty("refusedRows").GetInt64()), (interrupted.GetProperty("rows").GetInt64(), interrupted.GetProperty("refusedRows").GetInt64()));
        Assert.Equal(6_000, job.GetProperty("rows").GetInt64() + job.GetProperty("refusedRows").GetInt64());
        Assert.Equal(await File.ReadAllBytesAsync(output), await File.ReadAllBytesAsync(installation.PathOf(Text(interrupted, "output"))));
        Assert.Equal(await File.ReadAllBytesAsync(installation.PathOf(Text(job, "refused"))), await File.ReadAllBytesAsync(installation.PathOf(Text(interrupted, "refused"))));
    }

    [Fact]
    public async Task The_command_line_says_what_became_of_files()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        workflows.WriteShop("shop");
        using var server = await Server.StartAsync(installation);
        await ReleaseAsync(installation, server);
        var good = Path.Combine(workflows.Root, "good.jsonl");
        await File.WriteAllTextAsync(good, """{"age":40,"city":"Mdina"}""");
        var bad = Path.Combine(workflows.Root, "bad.csv");
        await File.WriteAllTextAsync(bad, "ages,city\n40,Mdina\n");
        var output = Path.Combine(workflows.Root, "scored.csv");

        var done = (await installation.RunAsync("score", "shop", good, "--out", output, "--reason", "Monday's list.", "--json")).Expect(0).Json;
        Assert.Equal(("done", "csv", "Monday's list."), (Text(done, "status"), Text(done, "format"), Text(done, "reason")));
        Assert.Equal(2, (await File.ReadAllLinesAsync(output)).Length);
        var failed = (await installation.RunAsync("score", "shop", bad, "--wait", "--json")).Expect(1).Json;
        Assert.Contains("'ages'", Text(failed, "problem"), StringComparison.Ordinal);
        (await installation.RunAsync("score", "nobody", good)).Expect(2);
        (await installation.RunAsync("score", "shop", good + ".missing")).Expect(2);

        Drop(installation, "nobody", "left.csv", "age\n40\n");
        await server.PredictAsync("shop", """{"instances":[{"age":40,"city":"Mdina"}]}""", _ => true);
        var list = (await installation.RunAsync("scoring", "list", "--json")).Expect(0).Json;
        Assert.Equal([Text(failed, "id"), Text(done, "id")], list.GetProperty("jobs").EnumerateArray().Select(j => Text(j, "id")));
        Assert.Equal("scoring/nobody/left.csv", Text(Assert.Single(list.GetProperty("left").EnumerateArray()), "file"));
        Assert.Equal(Text(done, "output"), Text((await installation.RunAsync("scoring", "show", Text(done, "id"), "--json")).Expect(0).Json, "output"));
        Assert.Contains("good.jsonl", (await installation.RunAsync("scoring", "list")).Expect(0).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await installation.RunAsync("scoring", "retry", Text(failed, "id"), "--reason", "Once more.", "--wait", "--json")).Expect(1).Json.GetProperty("attempt").GetInt32());
        (await installation.RunAsync("scoring", "retry", Text(done, "id"), "--reason", "Once more.")).Expect(2);
        (await installation.RunAsync("scoring", "show", "shop-0")).Expect(2);
    }

    [Fact]
    public async Task A_job_cancelled_over_the_command_line_leaves_no_result_and_says_who_and_why()
    {
        using var workflows = new Workflows();
        using var installation = new Installation(workflows.Root);
        workflows.WriteShop("shop", "scoring: { output: parquet, chunkRows: 50, keep: 30d }");
        var file = Path.Combine(workflows.Root, "visits.csv");
        // Far more chunks than are scored while a command starts.
        await File.WriteAllTextAsync(file, Workflows.Visits(rows: 60_000));
        using var server = await Server.StartAsync(installation);
        await ReleaseAsync(installation, server);
        var accepted = (await installation.RunAsync("score", "shop", file, "--json")).Expect(0).Json;
        var id = Text(accepted, "id");
        Assert.Equal("parquet", Text(accepted, "format"));
        await ChunksAsync(installation, accepted, 4);

        var cancelled = (await installation.RunAsync("scoring", "cancel", id, "--reason", "The wrong list.", "--json")).Expect(0).Json;
        Assert.Equal("cancelled", Text(cancelled, "status"));
        Assert.EndsWith("cancelled it: The wrong list.", Text(cancelled, "problem"), StringComparison.Ordinal);
        var folder = installation.PathOf($"scored/shop/{id}");
        Assert.Equal([Path.Combine(folder, "source", "visits.csv")], Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories));
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Get, $"api/scoring/{id}/output")).Status);
        var events = (await server.GetAsync($"api/audit?subject=scoring/{id}")).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("event")).ToList();
        Assert.Equal(["scoring.cancelled", "scoring.cancel", "scoring.requested"], events.Select(e => Text(e, "action")));
        Assert.Equal("The wrong list.", Text(events[1], "reason"));

        // Asked again it is the same; a job that is done has nothing to cancel.
        Assert.Equal(202, (await server.SendAsync(HttpMethod.Post, $"api/scoring/{id}/cancel", """{"reason":"The wrong list."}""")).Status);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Post, $"api/scoring/{id}/cancel", "{}")).Status);
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Post, "api/scoring/shop-0/cancel", """{"reason":"x"}""")).Status);
        var small = Path.Combine(workflows.Root, "small.csv");
        await File.WriteAllTextAsync(small, "age,city\n40,Mdina\n");
        var done = (await installation.RunAsync("score", "shop", small, "--wait", "--json")).Expect(0).Json;
        var (status, problem) = await server.SendAsync(HttpMethod.Post, $"api/scoring/{Text(done, "id")}/cancel", """{"reason":"Too late."}""");
        Assert.Equal((409, "urn:mlops:scoring-ended"), (status, Text(problem, "type")));
        Assert.Contains("it is done", Text(problem, "detail"), StringComparison.Ordinal);
        Assert.Contains("it is done", (await installation.RunAsync("scoring", "cancel", Text(done, "id"), "--reason", "Too late.")).Expect(2).Errors, StringComparison.Ordinal);
    }

    private static Dictionary<string, object> InstanceOf((string Age, string City) row)
    {
        var instance = new Dictionary<string, object>(StringComparer.Ordinal);
        if (row.Age.Length > 0) instance["age"] = int.TryParse(row.Age, CultureInfo.InvariantCulture, out var age) ? age : row.Age;
        if (row.City.Length > 0) instance["city"] = row.City;
        return instance;
    }

    private static async Task ReleaseAsync(Installation installation, Server server)
    {
        installation.Drop("shop", "first.csv", Workflows.Visits());
        var run = await server.EndOfRunAsync("shop");
        Assert.True(run.GetProperty("status").GetString() is "released", run.ToString());
    }

    private static void Drop(Installation installation, string endpoint, string name, string content)
    {
        var target = installation.PathOf($"scoring/{endpoint}/{name}");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllText(target + ".part", content);
        File.Move(target + ".part", target);
    }

    private static async Task<JsonElement> EndOfAsync(Server server, string file)
    {
        bool IsIt(JsonElement job) => Text(job, "file") == file && Text(job, "status") is not "running";
        var jobs = await Eventually.GetAsync(async () => (await server.GetAsync("api/scoring")).GetProperty("items"), seen => seen.EnumerateArray().Any(IsIt));
        return jobs.EnumerateArray().First(IsIt);
    }

    /// <summary>Waits until a job has scored some chunks.</summary>
    private static async Task ChunksAsync(Installation installation, JsonElement job, int count)
    {
        var folder = installation.PathOf($"scored/shop/{Text(job, "id")}/work/50/scored");
        await Eventually.HoldsAsync(() => Directory.Exists(folder) && Directory.GetFiles(folder).Length >= count, () => Directory.Exists(folder) ? Directory.GetFiles(folder).Length : 0);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
