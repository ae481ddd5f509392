using System.Text.Json;
using MlOps.Core.Approvals;
using MlOps.Core.Datasets;
using MlOps.Core.Evaluation;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Approvals;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Evaluation;
using MlOps.Pipelines.Features;
using MlOps.Pipelines.Registry;
using MlOps.Pipelines.Releases;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Training;

namespace MlOps.Pipelines.Tests.Runs;

/// <summary>The ways that a run can take, and what it leaves undone on each.</summary>
public sealed class PipelineRunTests
{
    private const string RunId = "flights-20010302-081500-0a0a";
    private static readonly ModelRef s_model = new("flights", 3, "abc", "def");

    [Fact]
    public async Task A_run_whose_every_step_says_yes_releases_its_model()
    {
        var activities = Everything();
        var result = await RunAsync(activities);
        Assert.Equal(RunResult.Released(s_model), result);
        Assert.Equal(
            [
                nameof(IngestDataset), nameof(ValidateDataset), nameof(BuildFeatures), nameof(EvaluateCandidate), nameof(EvaluateChampion),
                nameof(EvaluateGates), nameof(RegisterModel), nameof(FinishRun),
            ],
            activities.Calls.Where(c => c is not nameof(DescribeDataset)));
        Assert.Contains(nameof(DescribeDataset), activities.Calls);
    }

    [Fact]
    public async Task A_dataset_that_cannot_be_described_is_trained_on_all_the_same()
    {
        var activities = Everything().On(nameof(DescribeDataset), _ => throw new NonRetriableTaskException("The disk is full."));
        Assert.Equal(RunResult.Released(s_model), await RunAsync(activities));
    }

    [Fact]
    public async Task A_dataset_that_fails_and_was_accepted_by_a_person_is_trained_on()
    {
        var accepted = new DatasetAcceptance("ann", "A short month.", default, ["rows >= 1000"]);
        var activities = Everything().On(nameof(ValidateDataset), Verdict(passed: false) with { Accepted = accepted });
        Assert.Equal(RunResult.Released(s_model), await RunAsync(activities));
    }

    [Fact]
    public async Task A_dataset_that_fails_validation_ends_the_run_before_features_are_made()
    {
        var activities = Everything().On(nameof(ValidateDataset), Verdict(passed: false));
        var result = await RunAsync(activities);
        Assert.Equal(RunStatus.Rejected, result.Status);
        Assert.Contains("rows >= 1000: only 7", result.Reason, StringComparison.Ordinal);
        Assert.Equal([nameof(IngestDataset), nameof(ValidateDataset), nameof(DescribeDataset), nameof(FinishRun)], activities.Calls);
    }

    [Fact]
    public async Task Examples_that_leak_are_not_trained_on()
    {
        var activities = Everything();
        var features = Features with { Refusal = "The examples leak: 40 of 100 test examples." };
        var result = await RunAsync(activities.On(nameof(BuildFeatures), features));
        Assert.Equal(RunResult.Rejected("The examples leak: 40 of 100 test examples."), result);
        Assert.DoesNotContain(nameof(EvaluateCandidate), activities.Calls);
    }

    [Fact]
    public async Task A_candidate_that_fails_a_gate_is_not_registered()
    {
        var activities = Everything().On(nameof(EvaluateGates), Gates(passed: false));
        var result = await RunAsync(activities);
        Assert.Equal(RunStatus.Rejected, result.Status);
        Assert.Contains("auc >= 0.9: 0.7 is less", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(nameof(RegisterModel), activities.Calls);
    }

    [Fact]
    public async Task A_person_who_says_no_keeps_the_model_from_its_release()
    {
        var released = false;
        var result = await RunAsync(
            Everything(),
            decide: _ => new ApprovalDecision(false, "lead@example.com", "Too slow.", default),
            release: _ =>
            {
                released = true;
                return new ReleaseOutcome(true, "");
            });
        Assert.Equal((RunStatus.Rejected, "lead@example.com rejected it: Too slow.", s_model), (result.Status, result.Reason, result.Model));
        Assert.False(released);
    }

    [Fact]
    public async Task The_one_who_approved_is_the_one_who_releases()
    {
        ReleaseRequest? asked = null;
        await RunAsync(Everything(), decide: _ => new(true, "lead@example.com", "", default), release: request =>
        {
            asked = request;
            return new ReleaseOutcome(true, "");
        });
        Assert.Equal(new ReleaseRequest(RunId, "delays", s_model, "lead@example.com"), asked);
    }

    [Fact]
    public async Task A_release_that_was_taken_back_fails_the_run_with_its_reason()
    {
        var result = await RunAsync(Everything(), release: _ => new ReleaseOutcome(false, "Version 3 was taken back: it answers 500."));
        Assert.Equal(RunResult.Failed("Version 3 was taken back: it answers 500.", s_model), result);
    }

    [Fact]
    public async Task A_release_that_was_refused_before_any_traffic_rejects_the_run()
    {
        var result = await RunAsync(Everything(), release: _ => new ReleaseOutcome(false, "The staged version did not pass its tests.") { IsRefused = true });
        Assert.Equal(RunResult.Rejected("The staged version did not pass its tests.", s_model), result);
    }

    [Theory]
    [InlineData(nameof(IngestDataset))]
    [InlineData(nameof(BuildFeatures))]
    [InlineData(nameof(EvaluateCandidate))]
    [InlineData(nameof(RegisterModel))]
    public async Task A_step_that_cannot_be_done_ends_the_run_with_the_steps_own_words(string step)
    {
        var activities = Everything().On(step, _ => throw new NonRetriableTaskException("march.csv: it is empty."));
        var result = await RunAsync(activities);
        Assert.Equal(RunResult.Failed("march.csv: it is empty."), result);
        // The dataset is described beside the steps: when is nobody's promise.
        Assert.Equal([step, nameof(FinishRun)], activities.Calls.Where(c => c is not nameof(DescribeDataset)).TakeLast(2));
        Assert.Single(activities.Calls, step);
    }

    [Fact]
    public async Task A_search_that_fails_inside_ends_the_run_with_the_innermost_words()
    {
        var result = await RunAsync(Everything(), search: _ => throw new NonRetriableTaskException("All 6 trials failed."));
        Assert.Equal(RunStatus.Failed, result.Status);
        Assert.Contains("All 6 trials failed.", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_fails_once_is_tried_again()
    {
        var calls = 0;
        var activities = Everything().On(nameof(BuildFeatures), _ => calls++ is 0 ? throw new IOException("The disk is away.") : Features);
        Assert.Equal(RunStatus.Released, (await RunAsync(activities)).Status);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task The_end_is_written_down_whatever_it_is()
    {
        var results = new List<RunResult>();
        var activities = Everything().On(nameof(FinishRun), input =>
        {
            results.Add(input.Deserialize<FinishRunRequest>(MlOpsJson.Compact)!.Result);
            return RunStatus.Failed;
        });
        activities.On(nameof(IngestDataset), _ => throw new NonRetriableTaskException("No."));
        Assert.Equal(await RunAsync(activities), Assert.Single(results));
    }

    private static FeatureSetRef Features { get; } = new(RunId, "runs/x/features/", 800, 100, 100, ["d1"]);

    private static ValidationVerdict Verdict(bool passed) => new()
    {
        Passed = passed,
        Rows = 7,
        Kept = 7,
        Quarantined = 0,
        Checks = [new("rows >= 1000", passed, 7, "only 7")],
    };

    private static GateReport Gates(bool passed) => new() { Passed = passed, Gates = [new("auc >= 0.9", passed, 0.7, 0.9, "0.7 is less")] };

    private static Activities Everything()
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal) { ["auc"] = 0.7 };
        return new Activities()
            .On(nameof(IngestDataset), new DatasetRef(RunId, "flights", new string('d', 64), 1000, 0))
            .On(nameof(ValidateDataset), Verdict(passed: true))
            .On(nameof(DescribeDataset), new DatasetDescription([]))
            .On(nameof(BuildFeatures), Features)
            .On(nameof(EvaluateCandidate), new CandidateRef(RunId, "runs/x/candidate/", 1, "abc", "def", metrics))
            .On(nameof(EvaluateChampion), (object?)null)
            .On(nameof(EvaluateGates), Gates(passed: true))
            .On(nameof(RegisterModel), s_model)
            .On(nameof(FinishRun), RunStatus.Released);
    }

    private static async Task<RunResult> RunAsync(
        Activities activities,
        Func<FeatureSetRef, TrialOutcome>? search = null,
        Func<ApprovalRequest, ApprovalDecision>? decide = null,
        Func<ReleaseRequest, ReleaseOutcome>? release = null)
    {
        await using var hub = await TestHub.StartAsync(registry =>
        {
            registry.AddOrchestrator<PipelineRun>();
            registry.AddOrchestratorFunc<FeatureSetRef, TrialOutcome>(nameof(HyperparameterSearch), (_, input) => Task.FromResult(search?.Invoke(input) ?? new TrialOutcome(1, 0.7, "runs/x/trials/001/")));
            registry.AddOrchestratorFunc<ApprovalRequest, ApprovalDecision>(nameof(Approval), (_, input) => Task.FromResult(decide?.Invoke(input) ?? new ApprovalDecision(true, "mlops", "", default)));
            registry.AddOrchestratorFunc<ReleaseRequest, ReleaseOutcome>(nameof(Release), (_, input) => Task.FromResult(release?.Invoke(input) ?? new ReleaseOutcome(true, "")));
            activities.Register(registry);
        });
        var ended = await hub.RunAsync(nameof(PipelineRun), new RunRequest(RunId, "flights", "delays", [], null), RunId);
        return ended.ReadOutputAs<RunResult>()!;
    }
}
