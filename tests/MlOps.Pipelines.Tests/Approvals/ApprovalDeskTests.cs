using MlOps.Core.Approvals;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Approvals;
using MlOps.Storage.Approvals;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Tests.Approvals;

public sealed class ApprovalDeskTests
{
    private const string RunId = "shop-20010302-081500-0a0a";
    private static readonly ModelRef Model = new("shop", 1, new string('a', 64));

    [Fact]
    public async Task A_decision_that_a_crash_kept_from_being_told_is_told_at_the_next_start()
    {
        await using var host = await WaitingAsync();
        // Written down, and then the process was gone: nobody has told the orchestration.
        await host.Get<ApprovalStore>().DecideAsync(RunId, true, "lead@example.com", "Good.", default);

        await host.Get<ApprovalDesk>().ReconcileAsync(default);
        var decision = (await host.EndOfAsync($"{RunId}:approval")).ReadOutputAs<ApprovalDecision>()!;
        Assert.Equal((true, "lead@example.com", "Good."), (decision.Approved, decision.By, decision.Reason));
        Assert.Equal(ModelStage.Approved, (await host.Get<ModelRegistry>().TryGetAsync("shop", 1, default))!.Stage);
        Assert.Equal(RunStatus.Running, (await host.Runs.TryGetAsync(RunId, default))!.Status);
    }

    [Fact]
    public async Task A_decision_at_the_desk_ends_the_wait_and_a_second_one_is_refused()
    {
        await using var host = await WaitingAsync();
        var desk = host.Get<ApprovalDesk>();
        Assert.Equal(DecisionStatus.NotAnApprover, (await desk.DecideAsync(RunId, true, "stranger", "", default)).Status);
        Assert.Equal(DecisionStatus.Recorded, (await desk.DecideAsync(RunId, false, "lead@example.com", "Too slow.", default)).Status);
        Assert.Equal(DecisionStatus.AlreadyDecided, (await desk.DecideAsync(RunId, true, "lead@example.com", "", default)).Status);

        Assert.False((await host.EndOfAsync($"{RunId}:approval")).ReadOutputAs<ApprovalDecision>()!.Approved);
        Assert.Equal(ModelStage.Rejected, (await host.Get<ModelRegistry>().TryGetAsync("shop", 1, default))!.Stage);
    }

    [Fact]
    public async Task Telling_again_what_was_told_changes_nothing()
    {
        await using var host = await WaitingAsync();
        await host.Get<ApprovalDesk>().DecideAsync(RunId, true, "lead@example.com", "", default);
        await host.EndOfAsync($"{RunId}:approval");
        await host.Get<ApprovalDesk>().ReconcileAsync(default);
        Assert.Equal(3, (await host.Get<ModelRegistry>().TryGetAsync("shop", 1, default))!.History.Count);
    }

    /// <summary>A run whose model has passed, at the point where it waits for a person.</summary>
    private static async Task<PipelineHost> WaitingAsync()
    {
        var host = await PipelineHost.StartAsync();
        await host.AcceptAsync(RunId, RunStatus.Running);
        var registry = host.Get<ModelRegistry>();
        await registry.AddAsync("shop", RunId, RecordOf, "mlops", default);
        await registry.MoveAsync("shop", 1, ModelStage.Passed, "mlops", "Every gate passed.", default);
        await host.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(Approval), new ApprovalRequest(RunId, Model), new StartOrchestrationOptions { InstanceId = $"{RunId}:approval" });
        var end = DateTime.UtcNow + TestHub.Patience;
        while ((await host.Runs.TryGetAsync(RunId, default))!.Status is not RunStatus.WaitingForApproval)
        {
            Assert.True(DateTime.UtcNow < end, "the run does not wait for approval");
            await Task.Delay(10);
        }

        return host;
    }

    private static ModelVersionRecord RecordOf(int version) => new()
    {
        Name = "shop",
        Version = version,
        Stage = ModelStage.Created,
        RunId = RunId,
        Datasets = [],
        Sha256 = Model.Sha256,
        Path = ModelPackage.PathOf("shop", version),
        Metrics = new Dictionary<string, double>(StringComparer.Ordinal),
        CreatedAt = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero),
    };
}
