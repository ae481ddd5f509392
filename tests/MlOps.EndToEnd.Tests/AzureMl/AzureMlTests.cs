using System.Text.Json;

namespace MlOps.EndToEnd.Tests.AzureMl;

/// <summary>Pipelines whose trials are jobs of Azure Machine Learning, on a stand-in that runs them.</summary>
public sealed class AzureMlTests : IDisposable
{
    private readonly Workflows _workflows = new();
    private readonly Installation _installation;

    public AzureMlTests() => _installation = new Installation(_workflows.Root);

    public void Dispose()
    {
        _installation.Dispose();
        _workflows.Dispose();
    }

    [Fact]
    public async Task Trials_are_trained_as_jobs_through_throttling_and_broken_connections()
    {
        await using var azure = await AzureMlStandIn.StartAsync(_installation.Home);
        azure.Configure(_installation.Settings);
        azure.FailNext(AzureMlStandIn.Fault.Throttled, AzureMlStandIn.Fault.ServerError, AzureMlStandIn.Fault.Broken, AzureMlStandIn.Fault.Throttled);
        WritePipeline("trials: 2, parallel: 2, minimize: logLoss");

        var run = (await RunAsync()).Expect(0).Json;
        Assert.Equal("released", run.GetProperty("status").GetString());
        Assert.Equal([$"{RunId(run)}-t001", $"{RunId(run)}-t002"], azure.Jobs.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(azure.Refusals);
        Assert.All(azure.Jobs.Values, job =>
        {
            Assert.Equal("Completed", job.Status);
            Assert.Equal(RunId(run), (string?)job.Properties["tags"]!["run"]);
            Assert.Equal("PT30M", (string?)job.Properties["limits"]!["timeout"]);
        });
        Assert.All(await TrialsAsync(run), trial => Assert.Equal(($"{RunId(run)}-t{trial.GetProperty("trial").GetInt32():D3}", "done"), (trial.GetProperty("job").GetString(), trial.GetProperty("status").GetString())));
    }

    [Fact]
    public async Task A_large_search_is_one_sweep_with_the_trials_of_our_own_plan()
    {
        await using var azure = await AzureMlStandIn.StartAsync(_installation.Home);
        azure.Configure(_installation.Settings);
        WritePipeline("trials: 3, parallel: 2, minimize: logLoss", "{ azureml: { cluster: gpu-large, sweepFrom: 3 } }");

        var run = (await RunAsync()).Expect(0).Json;
        var (id, sweep) = Assert.Single(azure.Jobs);
        Assert.Equal($"{RunId(run)}-search", id);
        Assert.EndsWith("/computes/gpu-large", (string?)sweep.Properties["computeId"], StringComparison.Ordinal);
        Assert.Equal(("Minimize", "logLoss"), ((string?)sweep.Properties["objective"]!["goal"], (string?)sweep.Properties["objective"]!["primaryMetric"]));
        Assert.Equal([1, 2, 3], (await TrialsAsync(run)).Select(t => t.GetProperty("trial").GetInt32()));
        Assert.All(await TrialsAsync(run), trial => Assert.Equal("done", trial.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_program_of_ones_own_gets_its_code_and_a_failed_job_shows_its_last_lines()
    {
        await using var azure = await AzureMlStandIn.StartAsync(_installation.Home);
        azure.Configure(_installation.Settings);
        WritePipeline("trials: 1, parallel: 1, minimize: logLoss", trainer: "{ trainer: command, command: [sh, train.sh] }");
        await File.WriteAllTextAsync(Path.Combine(_workflows.Root, "workflows/shop/train.sh"), "echo \"the GPU is on fire\" >&2; exit 3\n");

        var result = await RunAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("the GPU is on fire", result.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("ended as Failed", result.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_settings_are_named_all_at_once_and_no_trial_is_trained_elsewhere_instead()
    {
        WritePipeline("trials: 1, parallel: 1, minimize: logLoss");
        var result = await RunAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            "AzureMl__SubscriptionId, AzureMl__ResourceGroup, AzureMl__Workspace, AzureMl__Cluster, AzureMl__EnvironmentId", result.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_run_cancels_its_jobs()
    {
        await using var azure = await AzureMlStandIn.StartAsync(_installation.Home, holdsJobs: true);
        azure.Configure(_installation.Settings);
        WritePipeline("trials: 2, parallel: 2, minimize: logLoss");
        using var server = await Server.StartAsync(_installation);
        _installation.Drop("shop", "visits.csv", Workflows.Visits());
        await Eventually.HoldsAsync(() => azure.Jobs.Count is 2, () => string.Join(' ', azure.Jobs.Keys.Concat(azure.Refusals)));
        var id = (await server.GetAsync("api/runs?pipeline=shop")).GetProperty("items")[0].GetProperty("runId").GetString();

        Assert.Equal(400, (await server.SendAsync(HttpMethod.Post, $"api/runs/{id}/cancel", "{}")).Status);
        Assert.Equal(202, (await server.SendAsync(HttpMethod.Post, $"api/runs/{id}/cancel", """{"reason":"Wrong file."}""")).Status);
        await Eventually.HoldsAsync(() => azure.Jobs.Values.All(j => j.Status is "Canceled"), () => string.Join(' ', azure.Jobs.Values.Select(j => j.Status)));
        var run = await server.WaitForRunAsync("shop", "", "cancelled");
        Assert.Contains("Wrong file.", run.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(409, (await server.SendAsync(HttpMethod.Post, $"api/runs/{id}/cancel", """{"reason":"Again."}""")).Status);
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Post, "api/runs/shop-20010101-000000-0000/cancel", """{"reason":"Again."}""")).Status);
    }

    private void WritePipeline(string search, string compute = "azureml", string trainer = "{ trainer: xgboost, max_depth: 2..4, eta: 0.3, rounds: 5 }") => _workflows.Write(
        "shop",
        Workflows.Shop("shop")
            .Replace("search: { trials: 1, parallel: 1, minimize: logLoss }", $"compute: {compute}\n  timeout: 30m\n  search: {{ {search} }}", StringComparison.Ordinal)
            .Replace("{ trainer: xgboost, max_depth: 2, eta: 0.3, rounds: 5 }", trainer, StringComparison.Ordinal));

    private async Task<CommandResult> RunAsync()
    {
        var visits = Path.Combine(_workflows.Root, "visits.csv");
        await File.WriteAllTextAsync(visits, Workflows.Visits());
        return await _installation.RunAsync("run", "shop", "--data", visits, "--json");
    }

    private async Task<IReadOnlyList<JsonElement>> TrialsAsync(JsonElement run) =>
        [.. (await _installation.RunAsync("runs", "show", RunId(run), "--json")).Expect(0).Json.GetProperty("trials").EnumerateArray()];

    private static string RunId(JsonElement run) => run.GetProperty("run").GetString()!;
}
