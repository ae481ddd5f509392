using System.Text.Json;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Datasets;

namespace MlOps.Pipelines.Tests.Datasets;

public sealed class IngestDatasetTests
{
    private const string RunId = "shop-20010302-081500-0a0a";
    private const string Good = "age,bought\n45,1\n20,0\n";
    private const string Bad = "bought\n1\n";

    [Fact]
    public async Task What_was_taken_or_set_apart_before_a_crash_is_not_taken_again_though_new_files_bear_the_names()
    {
        await using var host = await StartAsync();
        await host.AcceptAsync(RunId, RunStatus.Running, "incoming/shop/bad.csv", "incoming/shop/good.csv");
        // As a kill between the two files left it, and with the next files there already.
        await host.WriteAsync($"quarantine/shop/{RunId}/report.json", JsonSerializer.Serialize(new { run = RunId, files = Array.Empty<object>() }));
        await host.WriteAsync($"quarantine/shop/{RunId}/files/bad.csv", Bad);
        await host.WriteAsync($"runs/{RunId}/source/good.csv", Good);
        await host.WriteAsync("incoming/shop/bad.csv", Good);
        await host.WriteAsync("incoming/shop/good.csv", Bad);

        var dataset = (await IngestAsync(host, "incoming/shop/bad.csv", "incoming/shop/good.csv")).ReadOutputAs<DatasetRef>()!;
        Assert.Equal(2, dataset.Rows);
        Assert.Equal(Good, await File.ReadAllTextAsync(host.PathOf("incoming/shop/bad.csv")));
        Assert.Equal(Bad, await File.ReadAllTextAsync(host.PathOf("incoming/shop/good.csv")));
    }

    [Fact]
    public async Task Files_none_of_which_can_be_used_end_it_with_all_the_reasons()
    {
        await using var host = await StartAsync();
        await host.AcceptAsync(RunId, RunStatus.Running, "incoming/shop/one.csv", "incoming/shop/rows.parquet");
        await host.WriteAsync("incoming/shop/one.csv", Bad);
        await host.WriteAsync("incoming/shop/rows.parquet", "no parquet");

        var failure = (await IngestAsync(host, "incoming/shop/one.csv", "incoming/shop/rows.parquet")).FailureDetails!;
        while (failure.InnerFailure is { } inner && failure.ErrorType == typeof(TaskFailedException).FullName) failure = inner;
        Assert.Contains("one.csv", failure.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("rows.parquet", failure.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("no parquet", await File.ReadAllTextAsync(host.PathOf($"quarantine/shop/{RunId}/files/rows.parquet")));
        Assert.Equal(Bad, await File.ReadAllTextAsync(host.PathOf($"quarantine/shop/{RunId}/files/one.csv")));
    }

    [Fact]
    public async Task Done_again_it_finds_its_own_result()
    {
        await using var host = await StartAsync();
        await host.AcceptAsync(RunId, RunStatus.Running, "incoming/shop/good.csv");
        await host.WriteAsync("incoming/shop/good.csv", Good);
        var first = (await IngestAsync(host, "incoming/shop/good.csv")).ReadOutputAs<DatasetRef>();
        Assert.Equal(first, (await IngestAsync(host, "incoming/shop/good.csv")).ReadOutputAs<DatasetRef>());
    }

    private static Task<PipelineHost> StartAsync() => PipelineHost.StartAsync(registry => registry.AddOrchestratorFunc<RunRequest, DatasetRef>(
        "Ingest", (context, input) => context.CallActivityAsync<DatasetRef>(nameof(IngestDataset), input)));

    private static async Task<OrchestrationMetadata> IngestAsync(PipelineHost host, params string[] files) =>
        await host.EndOfAsync(await host.Client.ScheduleNewOrchestrationInstanceAsync("Ingest", new RunRequest(RunId, "shop", "shop", files, null)));
}
