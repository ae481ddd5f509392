using Microsoft.Extensions.Configuration;
using MlOps.Core.Approvals;
using MlOps.Core.Endpoints;
using MlOps.Core.Evaluation;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.DurableTask;
using MlOps.Pipelines.Approvals;
using MlOps.Storage.Approvals;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;
using MlOps.Storage.Notifications;

namespace MlOps.Pipelines.Tests.Approvals;

public sealed class ApprovalDeskTests
{
    private const string RunId = "shop-20010302-081500-0a0a";
    private static readonly Approver s_lead = new("lead@example.com");
    private static readonly ModelRef s_model = new("shop", 1, new string('a', 64), new string('c', 64));

    [Fact]
    public async Task A_decision_that_a_crash_kept_from_being_told_is_told_at_the_next_start()
    {
        await using var host = await WaitingAsync();
        // Written down, and then the process was gone: nobody has told the orchestration.
        await host.Get<ApprovalStore>().VoteAsync(RunId, s_lead, new(true, "Good."), default);

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
        Assert.Equal(DecisionStatus.NotAnApprover, (await desk.VoteAsync(RunId, new("stranger"), new(true, ""), default)).Status);
        Assert.Equal(DecisionStatus.Recorded, (await desk.VoteAsync(RunId, s_lead, new(false, "Too slow."), default)).Status);
        Assert.Equal(DecisionStatus.AlreadyDecided, (await desk.VoteAsync(RunId, s_lead, new(true, ""), default)).Status);

        Assert.False((await host.EndOfAsync($"{RunId}:approval")).ReadOutputAs<ApprovalDecision>()!.Approved);
        Assert.Equal(ModelStage.Rejected, (await host.Get<ModelRegistry>().TryGetAsync("shop", 1, default))!.Stage);
    }

    [Fact]
    public async Task Telling_again_what_was_told_changes_nothing()
    {
        await using var host = await WaitingAsync();
        await host.Get<ApprovalDesk>().VoteAsync(RunId, s_lead, new(true, ""), default);
        await host.EndOfAsync($"{RunId}:approval");
        await host.Get<ApprovalDesk>().ReconcileAsync(default);
        Assert.Equal(3, (await host.Get<ModelRegistry>().TryGetAsync("shop", 1, default))!.History.Count);
    }

    [Fact]
    public async Task Everybody_and_each_approver_is_told_of_the_request_and_everybody_of_the_decision()
    {
        await using var host = await WaitingAsync(hasChampion: true);
        await AskedAsync(host, "lead@example.com");
        await host.Get<ApprovalDesk>().VoteAsync(RunId, s_lead, new(true, "Good.", new() { MaxTraffic = 0.1 }), default);
        await host.EndOfAsync($"{RunId}:approval");
        var messages = (await host.Get<NotificationStore>().ListAsync(default)).Select(n => n.Message).ToList();
        Assert.Equal(
            [("approval.decided", null), ("approval.requested", null), ("approval.requested", "lead@example.com")],
            messages.Select(m => (m.Event, m.Recipient)).Order());
        Assert.Equal(
            ("lead@example.com approved version 1 of shop for at most 10% of the traffic", "Good."),
            messages.Where(m => m.Event is "approval.decided").Select(m => (m.Title, m.Text)).Single());
        Assert.Equal(0.1, (await host.EndOfAsync($"{RunId}:approval")).ReadOutputAs<ApprovalDecision>()!.Conditions!.MaxTraffic);
    }

    [Fact]
    public async Task A_first_version_is_not_approved_for_a_share_of_the_traffic()
    {
        await using var host = await WaitingAsync();
        Assert.Equal(DecisionStatus.NothingToShare, (await host.Get<ApprovalDesk>().VoteAsync(RunId, s_lead, new(true, "", new() { MaxTraffic = 0.1 }), default)).Status);
        Assert.Equal(DecisionStatus.Recorded, (await host.Get<ApprovalDesk>().VoteAsync(RunId, s_lead, new(true, ""), default)).Status);
    }

    [Fact]
    public async Task A_vote_handed_on_is_asked_of_the_other_one()
    {
        await using var host = await WaitingAsync();
        var desk = host.Get<ApprovalDesk>();
        Assert.Equal(DecisionStatus.Recorded, (await desk.DelegateAsync(RunId, s_lead, "ann@example.com", "On leave.", default)).Status);
        Assert.Equal(DecisionStatus.NotAnApprover, (await desk.VoteAsync(RunId, s_lead, new(true, ""), default)).Status);
        Assert.Contains(await host.Get<NotificationStore>().ListAsync(default), n => n.Message is { Event: "approval.delegated", Recipient: "ann@example.com" });
        Assert.Equal(DecisionStatus.Recorded, (await desk.VoteAsync(RunId, new("ann@example.com"), new(true, ""), default)).Status);
        Assert.Equal("ann@example.com", (await host.EndOfAsync($"{RunId}:approval")).ReadOutputAs<ApprovalDecision>()!.By);
    }

    [Fact]
    public async Task Who_asked_withdraws_the_request_and_the_model_is_rejected()
    {
        await using var host = await WaitingAsync();
        await host.Get<ApprovalDesk>().WithdrawAsync(RunId, new("me"), "Wrong month.", default);
        Assert.True((await host.EndOfAsync($"{RunId}:approval")).ReadOutputAs<ApprovalDecision>()!.Withdrawn);
        Assert.Equal(ModelStage.Rejected, (await host.Get<ModelRegistry>().TryGetAsync("shop", 1, default))!.Stage);
    }

    [Theory]
    [InlineData("lead@example.com", DecisionStatus.FourEyes)]
    [InlineData("me", DecisionStatus.Recorded)]
    public async Task Who_started_the_run_may_not_approve_it(string startedBy, DecisionStatus expected)
    {
        await using var host = await WaitingAsync(startedBy);
        Assert.Equal(expected, (await host.Get<ApprovalDesk>().VoteAsync(RunId, s_lead, new(true, ""), default)).Status);
    }

    [Fact]
    public async Task A_role_of_the_host_stands_for_its_members()
    {
        await using var host = await WaitingAsync(settings: [("Approvals:Roles:lead@example.com:0", "ann@example.com"), ("Approvals:Roles:lead@example.com:1", "bob@example.com")]);
        Assert.Equal(["ann@example.com", "bob@example.com"], (await host.Get<ApprovalStore>().TryGetAsync(RunId, default))!.Approvers);
        Assert.Equal(DecisionStatus.NotAnApprover, (await host.Get<ApprovalDesk>().VoteAsync(RunId, s_lead, new(true, ""), default)).Status);
    }

    [Fact]
    public async Task Who_changed_the_pipeline_may_not_approve_what_comes_of_it()
    {
        await using var host = await WaitingAsync(prepare: folder =>
        {
            Git(folder, "init", "-q");
            Git(folder, "add", ".");
            Git(folder, "-c", "user.name=Lead", "-c", "user.email=lead@example.com", "commit", "-q", "-m", "Lower the gate");
        });
        Assert.Equal(DecisionStatus.FourEyes, (await host.Get<ApprovalDesk>().VoteAsync(RunId, s_lead, new(true, ""), default)).Status);
        Assert.Equal("changed the pipeline", (await host.Get<ApprovalStore>().TryGetAsync(RunId, default))!.Excluded.Single(e => e.Name == "lead@example.com").Why);
    }

    private static void Git(string folder, params string[] arguments)
    {
        using var git = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("git", arguments) { WorkingDirectory = folder })!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
    }

    /// <summary>A run whose model has passed, at the point where it waits for a person.</summary>
    private static async Task<PipelineHost> WaitingAsync(string startedBy = "me", Action<string>? prepare = null, bool hasChampion = false, params (string Name, string Value)[] settings)
    {
        var host = await PipelineHost.StartAsync(configure: c => c.AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Name, s.Value))));
        prepare?.Invoke(host.WorkflowsFolder);
        if (hasChampion) await host.Get<EndpointStore>().SwitchAsync("shop", [new(EndpointVariant.Champion, "shop", 7, new string('b', 64), 100)], "me", "Before.", default);
        host.StartedBy = startedBy;
        await host.AcceptAsync(RunId, RunStatus.Running);
        var registry = host.Get<ModelRegistry>();
        await registry.AddAsync("shop", RunId, RecordOf, "mlops", default);
        var report = new EvaluationReport { Task = LearningTask.Binary, Rows = 100, Metrics = new Dictionary<string, double>(StringComparer.Ordinal) };
        await host.Get<IBlobStore>().WriteJsonAsync(ModelPackage.PathOf("shop", 1) + ModelPackage.Metrics, report, default);
        await registry.MoveAsync("shop", 1, ModelStage.Passed, "mlops", "Every gate passed.", default);
        await host.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(Approval), new ApprovalRequest(RunId, s_model), new StartOrchestrationOptions { InstanceId = $"{RunId}:approval" });
        await Eventually.GetAsync(() => host.Runs.TryGetAsync(RunId, default), run => run!.Status is RunStatus.WaitingForApproval);

        return host;
    }

    private static async Task AskedAsync(PipelineHost host, string approver) => await Eventually.GetAsync(
        () => host.Get<NotificationStore>().ListAsync(default), seen => seen.Any(n => n.Message.Event is "approval.requested" && n.Message.Recipient == approver));

    private static ModelVersionRecord RecordOf(int version) => new()
    {
        Name = "shop",
        Version = version,
        Stage = ModelStage.Created,
        RunId = RunId,
        Datasets = [],
        Sha256 = s_model.Sha256,
        Path = ModelPackage.PathOf("shop", version),
        Metrics = new Dictionary<string, double>(StringComparer.Ordinal),
        CreatedAt = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero),
    };
}
