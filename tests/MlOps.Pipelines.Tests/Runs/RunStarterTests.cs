using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;

namespace MlOps.Pipelines.Tests.Runs;

public sealed class RunStarterTests
{
    private const string RunId = "shop-20010302-081500-0a0a";

    [Fact]
    public async Task An_accepted_run_that_a_crash_left_without_an_orchestration_gets_one()
    {
        await using var host = await PipelineHost.StartAsync();
        await host.AcceptAsync(RunId);
        Assert.Null(await host.Client.GetInstanceAsync(RunId));

        await host.Get<RunStarter>().ReconcileAsync(default);
        // It has nothing to train on, and says so: it has run.
        Assert.Equal(RunStatus.Failed, (await host.EndOfAsync(RunId)).ReadOutputAs<RunResult>()!.Status);
        Assert.Contains("no usable data", (await host.Runs.TryGetAsync(RunId, default))!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_whose_orchestration_was_stopped_short_of_its_end_is_ended_with_the_reason()
    {
        await using var host = await PipelineHost.StartAsync(
            registry => registry.AddOrchestratorFunc<string, string>("Broken", (_, _) => throw new InvalidOperationException("The history has another activity.")));
        await host.AcceptAsync(RunId, RunStatus.Running);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Broken", "", new StartOrchestrationOptions { InstanceId = RunId });
        await host.EndOfAsync(RunId);

        await host.Get<RunStarter>().ReconcileAsync(default);
        var run = (await host.Runs.TryGetAsync(RunId, default))!;
        Assert.Equal((RunStatus.Failed, "The history has another activity."), (run.Status, run.Reason));
        Assert.NotNull(run.FinishedAt);
    }

    [Fact]
    public async Task A_run_that_cannot_be_read_keeps_no_other_from_going_on()
    {
        await using var host = await PipelineHost.StartAsync();
        await host.AcceptAsync("shop-20010302-081600-0000");
        await host.WriteAsync("runs/shop-20010302-081600-0000/pipeline.yaml", "nonsense: [");
        await host.AcceptAsync(RunId);

        await host.Get<RunStarter>().ReconcileAsync(default);
        Assert.NotNull(await host.Client.GetInstanceAsync(RunId));
    }

    [Fact]
    public async Task A_run_that_ended_stays_as_it_ended()
    {
        await using var host = await PipelineHost.StartAsync();
        await host.AcceptAsync(RunId);
        await host.Runs.SetStatusAsync(RunId, RunStatus.Rejected, "No.", default);
        await host.Get<RunStarter>().ReconcileAsync(default);
        Assert.Null(await host.Client.GetInstanceAsync(RunId));
    }

    [Fact]
    public async Task An_order_with_a_reserved_id_starts_one_run_however_often_it_comes()
    {
        await using var host = await PipelineHost.StartAsync();
        var order = new RunOrder("shop", RunTrigger.Manual, "me", "Because.", [], RunId: RunId);
        for (var i = 0; i < 3; i++) Assert.Equal(RunId, (await host.Get<RunStarter>().StartAsync(order, default)).RunId);
        Assert.Single(await host.Runs.ListAsync("shop", default));
        await host.EndOfAsync(RunId);
        var audited = (await host.Get<AuditLog>().ListAsync(new AuditQuery { Subject = $"runs/{RunId}" }, default)).Entries;
        Assert.Single(audited, e => e.Event.Action == "run.started");
    }

    [Fact]
    public async Task An_unknown_pipeline_is_told_with_those_there_are()
    {
        await using var host = await PipelineHost.StartAsync();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => host.Get<RunStarter>().StartAsync(new("shep", RunTrigger.Manual, "me", "", []), default));
        Assert.Contains("'shep'", error.Message, StringComparison.Ordinal);
        Assert.Contains("shop", error.Message, StringComparison.Ordinal);
    }
}
