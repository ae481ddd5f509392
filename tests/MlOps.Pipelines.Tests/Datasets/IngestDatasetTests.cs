using System.Text.Json;
using MlOps.Core.Datasets;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Datasets;

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

    [Fact]
    public async Task A_folder_is_taken_whole_and_a_file_in_it_that_cannot_be_used_is_set_apart_alone()
    {
        await using var host = await StartAsync();
        await host.AcceptAsync(RunId, RunStatus.Running, "incoming/shop/week 1/");
        await host.WriteAsync("incoming/shop/week 1/age=45/a.csv", "bought\n1\n");
        await host.WriteAsync("incoming/shop/week 1/age=20/b.csv", "bought\n0\n");
        await host.WriteAsync("incoming/shop/week 1/age=20/c.csv", "sold\n0\n");
        await host.WriteAsync("incoming/shop/week 1/_SUCCESS", "");

        var dataset = (await IngestAsync(host, "incoming/shop/week 1/")).ReadOutputAs<DatasetRef>()!;
        Assert.Equal(2, dataset.Rows);
        Assert.Empty(Directory.EnumerateFiles(host.PathOf("incoming/shop"), "*", SearchOption.AllDirectories));
        Assert.True(File.Exists(host.PathOf($"quarantine/shop/{RunId}/files/week 1/age=20/c.csv")));
        Assert.Contains("week 1/age=20/c.csv", await File.ReadAllTextAsync(host.PathOf($"quarantine/shop/{RunId}/report.json")), StringComparison.Ordinal);
        var record = (await host.Get<DatasetCatalog>().TryGetAsync("shop", dataset.Version, default))!;
        Assert.Equal(["week 1/age=20/b.csv", "week 1/age=45/a.csv"], record.Sources.Select(s => s.Name));
    }

    [Fact]
    public async Task A_folder_that_was_taken_before_a_crash_is_not_taken_again_and_a_new_one_of_its_name_waits()
    {
        await using var host = await StartAsync();
        var run = await host.AcceptAsync(RunId, RunStatus.Running, "incoming/shop/batch/");
        await host.WriteAsync($"runs/{RunId}/source/batch/a.csv", Good);
        await host.WriteAsync("incoming/shop/batch/a.csv", Bad);
        await host.WriteAsync("incoming/shop/batch/b.csv", "age,bought\n30,1\n");
        Assert.Empty((await host.Get<DropFiles>().ClaimedAsync(run, default)).Entries);

        // a.csv had been moved when the crash came, b.csv had not; the other a.csv is of the next drop.
        Assert.Equal(3, (await IngestAsync(host, "incoming/shop/batch/")).ReadOutputAs<DatasetRef>()!.Rows);
        Assert.Equal(Bad, await File.ReadAllTextAsync(host.PathOf("incoming/shop/batch/a.csv")));
        Assert.Equal(["incoming/shop/batch/"], (await host.Get<DropFiles>().ClaimedAsync(run, default)).Entries);
    }

    [Fact]
    public async Task A_file_whose_rows_are_in_the_window_already_is_left_out()
    {
        await using var host = await StartAsync();
        var january = await IngestWindowAsync(host, "shop-20010101-000000-0001", ("january.csv", "at,bought\n2001-01-01,1\n2001-01-02,0\n"));
        var drop = await IngestWindowAsync(host, "shop-20010201-000000-0002", ("again.csv", "at,bought\n2001-01-01,1\n2001-01-02,0\n"), ("february.csv", "at,bought\n2001-02-01,1\n"));
        Assert.Equal((1, "again.csv"), ((int)drop.Rows, Assert.Single(drop.Known!)));
        var step = (await host.Runs.ListStepsAsync(drop.RunId, default)).Single(s => s.Step == RunSteps.Ingest);
        Assert.Contains("left out, since their rows are in the data already: again.csv", step.Message, StringComparison.Ordinal);

        var nothing = await IngestWindowAsync(host, "shop-20010301-000000-0003", ("january.csv", "at,bought\n2001-01-01,1\n2001-01-02,0\n"));
        Assert.Equal((january.Version, january.RunId), (nothing.Version, nothing.KnownFrom));
        Assert.Equal(2, (await host.Get<DatasetCatalog>().ListAsync("shop", default)).Count);

        // Set aside, its rows are no longer in the data.
        var catalog = host.Get<DatasetCatalog>();
        await catalog.RollBackAsync((await catalog.TryGetAsync("shop", january.Version, default))!, "auditor", "February was wrong.", default);
        var february = await IngestWindowAsync(host, "shop-20010401-000000-0004", ("february.csv", "at,bought\n2001-02-01,1\n"), ("march.csv", "at,bought\n2001-03-01,1\n"));
        Assert.Equal((2, null), ((int)february.Rows, february.Known));
    }

    private static async Task<DatasetRef> IngestWindowAsync(PipelineHost host, string runId, params (string Name, string Content)[] files)
    {
        await host.Get<RunSpecs>().SaveAsync(runId, PipelineHost.Pipeline
            .Replace("data:", "data:\n  window: 90d", StringComparison.Ordinal)
            .Replace("age: { type: int, min: 0, max: 120 }", "at: { type: timestamp }", StringComparison.Ordinal)
            .Replace("age: {}", "hour: { sql: hour(at) }", StringComparison.Ordinal), default);
        string[] names = [.. files.Select(f => "incoming/shop/" + f.Name)];
        await host.AcceptAsync(runId, RunStatus.Running, names);
        foreach (var (name, content) in files) await host.WriteAsync("incoming/shop/" + name, content);
        var ended = await host.EndOfAsync(await host.Client.ScheduleNewOrchestrationInstanceAsync("Ingest", new RunRequest(runId, "shop", "shop", names, null)));
        var dataset = ended.ReadOutputAs<DatasetRef>()!;
        await host.Get<DatasetCatalog>().SetVerdictAsync("shop", dataset.Version, new ValidationVerdict { Passed = true, Rows = dataset.Rows, Kept = dataset.Rows, Quarantined = 0, Checks = [] }, $"quarantine/shop/{runId}/", default);
        return dataset;
    }

    private static Task<PipelineHost> StartAsync() => PipelineHost.StartAsync(registry => registry.AddOrchestratorFunc<RunRequest, DatasetRef>(
        "Ingest", (context, input) => context.CallActivityAsync<DatasetRef>(nameof(IngestDataset), input)));

    private static async Task<OrchestrationMetadata> IngestAsync(PipelineHost host, params string[] files) =>
        await host.EndOfAsync(await host.Client.ScheduleNewOrchestrationInstanceAsync("Ingest", new RunRequest(RunId, "shop", "shop", files, null)));
}
