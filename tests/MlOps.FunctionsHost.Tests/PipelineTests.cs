using System.Text.Json;
using MlOps.Testing.Azure;

namespace MlOps.FunctionsHost.Tests;

/// <summary>Whole pipelines through the custom handler: what comes of them is what comes of them anywhere.</summary>
[Collection(PublishedControlPlaneGroup.Name)]
public sealed class PipelineTests(PublishedControlPlane published)
{
    private static readonly string[] s_makers =
    [
        "IngestDataset", "ValidateDataset", "BuildFeatures", "PlanSearch", "TrainTrial", "ChooseTrial", "EvaluateCandidate", "EvaluateGates", "RegisterModel", "PromoteModel", "FinishRun",
    ];

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
    public async Task On_Azure_Storage_with_everything_delivered_twice_it_happens_once()
    {
        await using var account = await AzuriteServer.StartAsync();
        using var home = new TemporaryFolder();
        using var repository = new QuickWorkflows();
        var expected = await EmbeddedRun.RunAsync(published.App, repository, home.Path, "penguins");

        await using var deployment = await Deployment.StartAsync(published.App, new HostOptions { DeliverTwice = true, KnowsReusePolicy = true }, PipelinesOf(repository), account);
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
        // What looks at the time or at people may answer otherwise a moment later; what makes something may not.
        Assert.Empty(deployment.Host.Activities.UnequalRepeats.Intersect(s_makers));
        Assert.Empty(s_makers.Except(deployment.Host.Activities.Calls));
        deployment.Host.Durable.ThrowIfFaulted();
    }

    [Fact]
    public async Task A_handler_that_dies_and_a_training_that_takes_too_long_do_not_harm_a_run()
    {
        using var repository = new QuickWorkflows();
        using var data = new TemporaryFolder();
        var file = Path.Combine(data.Path, "penguins.json");
        File.Copy(Path.Combine(Repository.Root, "node_modules", "vega-datasets", "data", "penguins.json"), file);
        var options = new HostOptions { GiveUpFirst = new HashSet<string>(StringComparer.Ordinal) { "TrainTrial" } };
        await using var deployment = await Deployment.StartAsync(published.App, options, PipelinesOf(repository));
        await deployment.UploadAsync("incoming/penguins/", file);
        await deployment.Host.Durable.WaitAsync(_ => deployment.Host.Activities.Calls.Contains("BuildFeatures"), CancellationToken.None);
        await deployment.Host.CrashAsync(CancellationToken.None);

        var waiting = await deployment.RunAsync("penguins", "waitingForApproval");
        var id = waiting.GetProperty("run").GetString()!;
        Assert.Contains("TrainTrial", options.TimedOut);
        Assert.Equal(2, waiting.GetProperty("trials").GetArrayLength());

        // What waits for a person can be called off, as soon as the new process knows where the extension listens.
        var (status, problem) = await deployment.SendAsync(HttpMethod.Post, $"/api/runs/{id}/cancel", new { reason = "Not needed any more." });
        Assert.Equal((503, "urn:mlops:task-hub-unavailable"), (status, problem.GetProperty("type").GetString()));
        await deployment.Host.FireAsync("Sweep", CancellationToken.None);
        Assert.Equal(202, (await deployment.SendAsync(HttpMethod.Post, $"/api/runs/{id}/cancel", new { reason = "Not needed any more." })).Status);
        await deployment.Host.Durable.WaitAsync(all => all[id].IsFinished && all[$"{id}:cancel"].IsFinished, CancellationToken.None);
        Assert.Contains("Not needed any more.", (await deployment.SendAsync(HttpMethod.Get, $"/api/runs/{id}")).Body.GetProperty("reason").GetString(), StringComparison.Ordinal);
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
