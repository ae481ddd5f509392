using System.Text.Json;
using MlOps.Testing.Azure;

namespace MlOps.FunctionsHost.Tests;

/// <summary>A file dropped into blob storage to be scored, of which Event Grid tells the custom handler.</summary>
[Collection(PublishedControlPlaneGroup.Name)]
public sealed class ScoringTests(PublishedControlPlane published)
{
    [Fact]
    public async Task A_dropped_file_is_one_job_though_everything_is_delivered_twice()
    {
        await using var account = await AzuriteServer.StartAsync();
        using var repository = new QuickWorkflows();
        using var data = new TemporaryFolder();
        var penguins = Path.Combine(Repository.Root, "node_modules", "vega-datasets", "data", "penguins.json");
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["Pipelines__WorkflowsFolder"] = repository.Workflows, ["Pipelines__ScoringChunkRows"] = "100" };
        await using var deployment = await Deployment.StartAsync(published.App, new HostOptions { DeliverTwice = true, KnowsReusePolicy = true }, settings, account);
        await deployment.UploadAsync("incoming/penguins/", penguins);
        var run = await deployment.RunAsync("penguins", "released", "waitingForApproval");
        if (run.GetProperty("status").GetString() is "waitingForApproval")
        {
            await deployment.SendAsync(HttpMethod.Post, $"/api/approvals/{run.GetProperty("run").GetString()}", new { decision = "approve", reason = "Seen." });
            await deployment.RunAsync("penguins", "released");
        }

        await deployment.UploadAsync("scoring/penguins/", penguins);
        var job = await Poll.UntilAsync(async () =>
        {
            var jobs = (await deployment.SendAsync(HttpMethod.Get, "/api/scoring")).Body.GetProperty("items").EnumerateArray().ToList();
            return jobs is [var one] && one.GetProperty("status").GetString() is not "running" ? one : (JsonElement?)null;
        });

        Assert.True(job.GetProperty("status").GetString() is "done", job.ToString());
        Assert.Equal(("drop", "parquet", 1), (job.GetProperty("by").GetString(), job.GetProperty("format").GetString(), job.GetProperty("version").GetInt32()));
        var rows = JsonDocument.Parse(await File.ReadAllTextAsync(penguins)).RootElement.GetArrayLength();
        Assert.Equal(rows, job.GetProperty("rows").GetInt32() + job.GetProperty("refusedRows").GetInt32());
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/scoring/{job.GetProperty("id").GetString()}/output", UriKind.Relative));
        using var output = await deployment.Host.SendAsync(request, CancellationToken.None);
        Assert.Equal("PAR1"u8.ToArray(), (await output.Content.ReadAsByteArrayAsync())[..4]);
        Assert.Equal(0, (await deployment.SendAsync(HttpMethod.Get, "/api/scoring/left")).Body.GetProperty("items").GetArrayLength());
        Assert.Empty(deployment.Host.Activities.UnequalRepeats.Intersect(["PrepareScoring", "ScoreChunk", "CloseScoring"]));

        // The same rows many times over, cancelled while they are scored.
        using var many = new TemporaryFolder();
        var rowsOfMany = string.Concat(Enumerable.Repeat(string.Concat(JsonDocument.Parse(await File.ReadAllTextAsync(penguins)).RootElement.EnumerateArray().Select(r => $"{JsonSerializer.Serialize(r)}\n")), 100));
        await File.WriteAllTextAsync(Path.Combine(many.Path, "many.jsonl"), rowsOfMany);
        await deployment.UploadAsync("scoring/penguins/", Path.Combine(many.Path, "many.jsonl"));
        var running = await Poll.UntilAsync(async () => await FindAsync(deployment, "many.jsonl") is { } found && found.GetProperty("rows").GetInt32() > 0 ? found : (JsonElement?)null);
        var cancelled = await deployment.SendAsync(HttpMethod.Post, $"/api/scoring/{running.GetProperty("id").GetString()}/cancel", new { reason = "The wrong file." });
        Assert.True((int)cancelled.Status is 202, cancelled.Body.ToString());
        var ended = await Poll.UntilAsync(async () => await FindAsync(deployment, "many.jsonl") is { } found && found.GetProperty("status").GetString() is not ("running" or "cancelling") ? found : (JsonElement?)null);
        Assert.EndsWith("cancelled it: The wrong file.", ended.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(409, (int)(await deployment.SendAsync(HttpMethod.Post, $"/api/scoring/{job.GetProperty("id").GetString()}/cancel", new { reason = "Too late." })).Status);
        deployment.Host.Durable.ThrowIfFaulted();
    }

    private static async Task<JsonElement?> FindAsync(Deployment deployment, string file) =>
        (await deployment.SendAsync(HttpMethod.Get, "/api/scoring")).Body.GetProperty("items").EnumerateArray().Where(j => j.GetProperty("file").GetString() == file).Select(j => (JsonElement?)j).FirstOrDefault();
}
