using System.Text.Json;

namespace MlOps.FunctionsHost.Tests;

/// <summary>Whole pipelines through the custom handler: what comes of them is what comes of them anywhere.</summary>
[Collection(PublishedControlPlaneGroup.Name)]
public sealed class PipelineTests(PublishedControlPlane published)
{
    [Fact]
    public async Task Flights_become_the_same_model_behind_a_host_as_without_one()
    {
        using var home = new TemporaryFolder();
        using var repository = new QuickWorkflows();
        var expected = await EmbeddedRun.RunAsync(published.App, repository, home.Path, "flight-delay");
        Assert.Equal("released", expected.GetProperty("status").GetString());

        await using var deployment = await Deployment.StartAsync(published.App, settings: PipelinesOf(repository));
        await deployment.UploadAsync("incoming/flight-delay/", FilesOf(home.Path, expected));
        var waiting = await deployment.RunAsync("flight-delay", "waitingForApproval");
        var id = waiting.GetProperty("run").GetString();
        var (status, _) = await deployment.SendAsync(HttpMethod.Post, $"/api/approvals/{id}", new { decision = "approve", reason = "As good as on the laptop." }, ("X-MlOps-Actor", "lead@example.com"));
        Assert.Equal(200, status);
        var released = await deployment.RunAsync("flight-delay", "released");

        ItIsTheSame(expected, released);
        await ItAnswersAsync(deployment, "flight-delay", new { instances = new[] { new { date = "2001-03-02T08:15:00", distance = 405, origin = "MCI", destination = "MDW" } } });
        var decided = (await deployment.SendAsync(HttpMethod.Get, "/api/audit")).Body.ToString();
        Assert.Contains("As good as on the laptop.", decided, StringComparison.Ordinal);
        deployment.Host.Durable.ThrowIfFaulted();
    }

    [Fact]
    public async Task Delivered_twice_everything_happens_once()
    {
        using var home = new TemporaryFolder();
        using var repository = new QuickWorkflows();
        var expected = await EmbeddedRun.RunAsync(published.App, repository, home.Path, "penguins");

        await using var deployment = await Deployment.StartAsync(published.App, new HostOptions { DeliverTwice = true, KnowsReusePolicy = true }, PipelinesOf(repository));
        await deployment.UploadAsync("incoming/penguins/", FilesOf(home.Path, expected));
        var run = await deployment.RunAsync("penguins", "released", "waitingForApproval");
        if (run.GetProperty("status").GetString() is "waitingForApproval")
        {
            var (status, _) = await deployment.SendAsync(HttpMethod.Post, $"/api/approvals/{run.GetProperty("run").GetString()}", new { decision = "approve", reason = "Seen." });
            Assert.Equal(200, status);
            run = await deployment.RunAsync("penguins", "released");
        }

        ItIsTheSame(expected, run);
        Assert.Equal(1, (await deployment.SendAsync(HttpMethod.Get, "/api/runs")).Body.GetProperty("items").GetArrayLength());
        Assert.Equal(1, (await deployment.SendAsync(HttpMethod.Get, "/api/models")).Body.GetProperty("items").GetArrayLength());
        // A second look into a folder may find less than the first; everything else answers as before.
        Assert.Empty(deployment.Host.Activities.UnequalRepeats.Except(["LookForArrivals"]));
        deployment.Host.Durable.ThrowIfFaulted();
    }

    /// <summary>The example files that the run without a host took.</summary>
    private static List<string> FilesOf(string home, JsonElement run)
    {
        var taken = Directory.EnumerateFiles(Path.Combine(home, "runs", run.GetProperty("run").GetString()!, "source")).Select(f => Path.GetFileName(f));
        return [.. taken.Select(f => Path.Combine(home, "samples", run.GetProperty("pipeline").GetString()!, f))];
    }

    private static void ItIsTheSame(JsonElement expected, JsonElement actual)
    {
        foreach (var path in (string[][])[["dataset", "version"], ["dataset", "rows"], ["dataset", "quarantined"], ["model", "sha256"], ["bestTrial"]])
        {
            var (left, right) = path.Aggregate((expected, actual), (e, name) => (e.Item1.GetProperty(name), e.Item2.GetProperty(name)));
            Assert.Equal(left.GetRawText(), right.GetRawText());
        }

        Assert.Equal(MetricsOf(expected), MetricsOf(actual));
    }

    // How long an answer took is the one thing that no two machines agree on, nor one with itself.
    private static IEnumerable<string> MetricsOf(JsonElement run) =>
        run.GetProperty("metrics").EnumerateObject().Where(m => !m.Name.StartsWith("latency", StringComparison.Ordinal)).Select(m => $"{m.Name} {m.Value.GetRawText()}");

    private static Dictionary<string, string> PipelinesOf(QuickWorkflows repository) => new(StringComparer.Ordinal) { ["Pipelines__WorkflowsFolder"] = repository.Workflows };

    private static async Task ItAnswersAsync(Deployment deployment, string endpoint, object request)
    {
        var (status, answer) = await deployment.SendAsync(HttpMethod.Post, $"/api/endpoints/{endpoint}/predict", request);
        Assert.Equal(200, status);
        Assert.InRange(answer.GetProperty("predictions")[0].GetProperty("probability").GetDouble(), 0.01, 0.99);
    }
}
