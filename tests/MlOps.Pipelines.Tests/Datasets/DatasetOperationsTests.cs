using MlOps.Core.Datasets;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Datasets.Operations;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Tests.Datasets;

public sealed class DatasetOperationsTests
{
    [Fact]
    public async Task Two_versions_are_compared_in_the_background()
    {
        await using var host = await StartAsync();
        var (one, two) = (await IngestAsync(host, 1, "age,bought\n45,1\n20,0\n"), await IngestAsync(host, 2, "age,bought\n45,1\n21,0\n33,1\n"));
        var operations = host.Get<DatasetOperations>();
        var started = await operations.CompareAsync(one, two, key: null, "ann", idempotencyKey: null, default);
        var ended = await EndOfAsync(operations, started.Id);
        Assert.Equal((DatasetOperationStatus.Done, "ann", DatasetOperationKind.Compare), (ended.Status, ended.By, ended.Kind));
        var diff = ended.Result!.Value.GetProperty("diff");
        Assert.Equal((2, 1), (diff.GetProperty("added").GetInt32(), diff.GetProperty("removed").GetInt32()));
    }

    [Fact]
    public async Task The_same_key_of_the_same_person_begins_once()
    {
        await using var host = await StartAsync();
        var one = await IngestAsync(host, 1, "age,bought\n45,1\n20,0\n");
        var operations = host.Get<DatasetOperations>();
        var first = await operations.RevalidateAsync(one, "ann", "New rules.", "key-1", default);
        Assert.Equal(first.Id, (await operations.RevalidateAsync(one, "ann", "New rules.", "key-1", default)).Id);
        Assert.NotEqual(first.Id, (await operations.RevalidateAsync(one, "bob", "New rules.", "key-1", default)).Id);
        Assert.NotEqual(first.Id, (await operations.RevalidateAsync(one, "ann", "New rules.", null, default)).Id);
        Assert.True((await EndOfAsync(operations, first.Id)).Result!.Value.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public async Task What_cannot_be_done_fails_at_once_with_its_reason()
    {
        await using var host = await StartAsync();
        var (one, two) = (await IngestAsync(host, 1, "age,bought\n45,1\n20,0\n"), await IngestAsync(host, 2, "age,bought\n45,1\n21,0\n"));
        var operations = host.Get<DatasetOperations>();
        var ended = await EndOfAsync(operations, (await operations.CompareAsync(one, two, ["agge"], "ann", null, default)).Id);
        Assert.Equal(DatasetOperationStatus.Failed, ended.Status);
        Assert.StartsWith("Key column 'agge' is not in both versions", ended.Problem, StringComparison.Ordinal);
        Assert.Null(ended.Result);
    }

    [Fact]
    public async Task A_cancelled_operation_stops_and_one_that_has_ended_stays_as_it_is()
    {
        await using var host = await StartAsync();
        var one = await IngestAsync(host, 1, "age,bought\n45,1\n20,0\n");
        // Nobody can read what is locked away: the work waits for its retry, and would go on trying.
        File.Delete(host.PathOf(DatasetCatalog.DataOf("shop", one.Version)));
        var operations = host.Get<DatasetOperations>();
        var started = await operations.RevalidateAsync(one, "ann", "", null, default);
        await operations.CancelAsync(started, "bob", default);
        var ended = await EndOfAsync(operations, started.Id);
        Assert.Equal(DatasetOperationStatus.Cancelled, ended.Status);
        await operations.CancelAsync(ended, "bob", default);
        var entry = Assert.Single((await host.Get<AuditLog>().ListAsync(new() { Subject = "operations" }, default)).Entries);
        Assert.Equal(("bob", "operation.cancelled"), (entry.Event.Actor, entry.Event.Action));
    }

    [Fact]
    public async Task Done_again_after_a_crash_it_finds_its_own_result()
    {
        await using var host = await StartAsync();
        var one = await IngestAsync(host, 1, "age,bought\n45,1\n20,0\n");
        var order = new OperationOrder("0a0a", DatasetOperationKind.Revalidate, "shop", one.Version, null, null, "ann", "");
        Assert.Equal("operations/0a0a/result.json", await WorkAsync(host, order));
        await host.Get<IBlobStore>().WriteJsonAsync(order.ResultBlob, new { first = true }, default);
        await WorkAsync(host, order);
        Assert.Contains("first", await File.ReadAllTextAsync(host.PathOf(order.ResultBlob)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operation_that_nobody_began_is_not_there()
    {
        await using var host = await StartAsync();
        Assert.Null(await host.Get<DatasetOperations>().TryGetAsync("0b0b", default));
    }

    private static async Task<string?> WorkAsync(PipelineHost host, OperationOrder order) =>
        (await host.EndOfAsync(await host.Client.ScheduleNewOrchestrationInstanceAsync(nameof(DatasetWork), order))).ReadOutputAs<string>();

    private static async Task<DatasetOperation> EndOfAsync(DatasetOperations operations, string id)
    {
        return (await Eventually.GetAsync(() => operations.TryGetAsync(id, default), seen => seen is { Status: not DatasetOperationStatus.Running }))!;
    }

    private static Task<PipelineHost> StartAsync() => PipelineHost.StartAsync(registry => registry.AddOrchestratorFunc<RunRequest, DatasetRef>(
        "Ingest", (context, input) => context.CallActivityAsync<DatasetRef>(nameof(IngestDataset), input)));

    private static async Task<DatasetRecord> IngestAsync(PipelineHost host, int number, string content)
    {
        var id = $"shop-20010302-08150{number}-0a0a";
        var file = $"incoming/shop/{number}.csv";
        await host.AcceptAsync(id, RunStatus.Running, file);
        await host.WriteAsync(file, content);
        var ingested = await host.EndOfAsync(await host.Client.ScheduleNewOrchestrationInstanceAsync("Ingest", new RunRequest(id, "shop", "shop", [file], null)));
        var dataset = ingested.ReadOutputAs<DatasetRef>()!;
        return (await host.Get<DatasetCatalog>().TryGetAsync("shop", dataset.Version, default))!;
    }
}
