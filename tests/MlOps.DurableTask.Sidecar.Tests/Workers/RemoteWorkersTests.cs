using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sidecar.Grpc;
using MlOps.DurableTask.Sidecar.Protocol;
using MlOps.DurableTask.Sidecar.Workers;
using MlOps.DurableTask.Sqlite;

namespace MlOps.DurableTask.Sidecar.Tests.Workers;

public sealed class RemoteWorkersTests : IDisposable
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly RemoteWorkers _workers;

    public RemoteWorkersTests() => _workers = new RemoteWorkers(
        Options.Create(new SidecarOptions { OrchestratorTimeout = TimeSpan.FromMinutes(5) }),
        Options.Create(new TaskHubOptions { MaxCrashes = 3 }), NullLogger<RemoteWorkers>.Instance, _time);

    public void Dispose() => _workers.Dispose();

    [Fact]
    public async Task An_item_whose_workers_went_away_too_often_is_given_up()
    {
        var answer = RunActivity("bad");
        for (var loss = 0; loss < 3; loss++)
        {
            var worker = _workers.Connect(new GetWorkItemsRequest(), "worker");
            Assert.Equal("bad", Take(worker).ActivityRequest.Name);
            _workers.Disconnect(worker);
        }
        var error = await Assert.ThrowsAsync<PoisonedWorkItemException>(() => answer);
        Assert.StartsWith("The process died 3 times while activity 'bad' (on a worker) ran", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_to_an_earlier_handing_out_is_refused()
    {
        var answer = RunActivity("slow");
        var lost = _workers.Connect(new GetWorkItemsRequest(), "lost");
        var first = Take(lost);
        _workers.Disconnect(lost);
        var second = Take(_workers.Connect(new GetWorkItemsRequest(), "successor"));

        var error = Assert.Throws<GrpcException>(() => _workers.Complete(WorkKind.Activity, first.CompletionToken, new ActivityResponse { Result = "1" }));
        Assert.Equal(GrpcStatus.NotFound, error.Status);
        _workers.Complete(WorkKind.Activity, second.CompletionToken, new ActivityResponse { Result = "2" });
        Assert.Equal("2", (await answer).Result);
    }

    [Fact]
    public void A_worker_holds_no_more_than_it_asked_for()
    {
        for (var i = 0; i < 3; i++)
            _ = RunActivity("step");
        var worker = _workers.Connect(new GetWorkItemsRequest { MaxConcurrentActivityWorkItems = 2 }, "worker");
        var first = Take(worker);
        Take(worker);
        Assert.False(worker.WorkItems.TryRead(out _));

        _workers.Complete(WorkKind.Activity, first.CompletionToken, new ActivityResponse());
        Take(worker);
    }

    [Fact]
    public void Work_goes_to_the_least_busy_worker_that_serves_it_oldest_first()
    {
        var busy = _workers.Connect(new GetWorkItemsRequest(), "busy");
        _ = RunActivity("first");
        var other = _workers.Connect(new GetWorkItemsRequest(), "other");
        var onlyB = _workers.Connect(
            new GetWorkItemsRequest { WorkItemFilters = new WorkItemFilters { Activities = { new NameFilter { Name = "b", Versions = { "2" } } } } }, "only b");
        _ = RunActivity("second");
        _ = RunActivity("b", "2");

        Assert.Equal("first", Take(busy).ActivityRequest.Name);
        Assert.Equal("second", Take(other).ActivityRequest.Name);
        Assert.Equal("b", Take(onlyB).ActivityRequest.Name);
    }

    [Fact]
    public void A_turn_that_takes_too_long_is_given_to_another_worker()
    {
        _ = _workers.RunOrchestratorAsync(new OrchestratorRequest { InstanceId = "i" }, CancellationToken.None);
        var slow = _workers.Connect(new GetWorkItemsRequest { MaxConcurrentOrchestrationWorkItems = 1 }, "slow");
        var first = Take(slow);
        var other = _workers.Connect(new GetWorkItemsRequest(), "other");
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.False(slow.WorkItems.TryRead(out _));

        _time.Advance(TimeSpan.FromMinutes(2));

        var second = Take(other);
        Assert.Equal("i", second.OrchestratorRequest.InstanceId);
        Assert.NotEqual(first.CompletionToken, second.CompletionToken);
    }

    [Fact]
    public void What_only_one_worker_serves_comes_back_to_it_after_it_gave_it_back()
    {
        _ = RunActivity("step");
        var worker = _workers.Connect(new GetWorkItemsRequest(), "worker");
        _workers.Abandon(WorkKind.Activity, Take(worker).CompletionToken);
        Assert.False(worker.WorkItems.TryRead(out _));

        _time.Advance(TimeSpan.FromSeconds(3));

        Take(worker);
    }

    [Fact]
    public async Task What_is_not_wanted_any_more_is_not_handed_out()
    {
        using var unwanted = new CancellationTokenSource();
        var answer = _workers.RunActivityAsync(new ActivityRequest { Name = "step" }, unwanted.Token);
        await unwanted.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);

        Assert.False(_workers.Connect(new GetWorkItemsRequest(), "worker").WorkItems.TryRead(out _));
    }

    private Task<ActivityResponse> RunActivity(string name, string? version = null) =>
        _workers.RunActivityAsync(new ActivityRequest { Name = name, Version = version }, CancellationToken.None);

    private static WorkItem Take(ConnectedWorker worker)
    {
        Assert.True(worker.WorkItems.TryRead(out var item));
        return item;
    }
}
