using MlOps.Core.Runs;
using MlOps.Storage.Runs;

namespace MlOps.Storage.Tests.Runs;

public sealed class RunStoreTests : IDisposable
{
    private const string Id = "flights-20010302-081500-0a0a";
    private readonly Records _records = new();
    private readonly RunStore _runs;

    public RunStoreTests() => _runs = new RunStore(_records.Tables, _records.Time);

    public void Dispose() => _records.Dispose();

    [Fact]
    public async Task A_run_is_accepted_once()
    {
        Assert.True(await _runs.CreateAsync(Records.Run(Id, _records.Time.Now), default));
        Assert.False(await _runs.CreateAsync(Records.Run(Id, _records.Time.Now) with { StartedBy = "another" }, default));
        Assert.Equal("me", (await _runs.TryGetAsync(Id, default))!.StartedBy);
    }

    [Fact]
    public async Task Runs_are_listed_newest_first_of_one_pipeline_or_of_all()
    {
        string[] ids = ["flights-20010302-081500-0a0a", "cars-20010302-081501-0000", "flights-20010302-081502-0000"];
        foreach (var (id, at) in ids.Select((id, at) => (id, at))) await _runs.CreateAsync(Records.Run(id, _records.Time.Now.AddSeconds(at)), default);
        Assert.Equal([ids[2], ids[1], ids[0]], (await _runs.ListAsync(null, default)).Select(r => r.RunId));
        Assert.Equal([ids[2], ids[0]], (await _runs.ListAsync("flights", default)).Select(r => r.RunId));
    }

    [Fact]
    public async Task A_final_status_is_never_left_and_only_a_queued_run_becomes_running()
    {
        await _runs.CreateAsync(Records.Run(Id, _records.Time.Now), default);
        await _runs.MarkStartedAsync(Id, default);
        await _runs.SetStatusAsync(Id, RunStatus.WaitingForApproval, null, default);
        Assert.Equal(RunStatus.WaitingForApproval, (await _runs.MarkStartedAsync(Id, default))!.Status);

        _records.Time.Now += TimeSpan.FromHours(1);
        await _runs.SetStatusAsync(Id, RunStatus.Rejected, "No.", default);
        await _runs.SetStatusAsync(Id, RunStatus.Released, null, default);
        await _runs.MarkStartedAsync(Id, default);
        var run = (await _runs.TryGetAsync(Id, default))!;
        Assert.Equal((RunStatus.Rejected, "No.", (DateTimeOffset?)_records.Time.Now), (run.Status, run.Reason, run.FinishedAt));
    }

    [Fact]
    public async Task A_step_that_starts_again_keeps_its_first_start_and_one_that_ended_keeps_its_end()
    {
        var first = _records.Time.Now;
        await _runs.StartStepAsync(Id, RunSteps.Ingest, "one", default);
        _records.Time.Now += TimeSpan.FromSeconds(5);
        await _runs.StartStepAsync(Id, RunSteps.Ingest, "two", default);
        await _runs.FinishStepAsync(Id, RunSteps.Ingest, StepStatus.Done, "done", null, default);
        _records.Time.Now += TimeSpan.FromSeconds(5);
        await _runs.FinishStepAsync(Id, RunSteps.Ingest, StepStatus.Done, "done again", null, default);

        var step = Assert.Single(await _runs.ListStepsAsync(Id, default));
        Assert.Equal((first, (DateTimeOffset?)first.AddSeconds(5), "done"), (step.StartedAt, step.FinishedAt, step.Message));
    }

    [Fact]
    public async Task Steps_are_listed_in_the_order_of_the_process_and_trials_in_that_of_their_numbers()
    {
        foreach (var step in RunSteps.All.Reverse()) await _runs.StartStepAsync(Id, step, "", default);
        foreach (var trial in (int[])[11, 2, 1]) await _runs.SaveTrialAsync(Id, TrialOf(trial), default);
        Assert.Equal(RunSteps.All, (await _runs.ListStepsAsync(Id, default)).Select(s => s.Step));
        Assert.Equal([1, 2, 11], (await _runs.ListTrialsAsync(Id, default)).Select(t => t.Trial));
    }

    [Fact]
    public async Task What_is_no_run_id_names_no_run()
    {
        foreach (var id in (string[])["", "flights", "a#b", "../x", "flights-20010302-081500-0A0A"]) Assert.Null(await _runs.TryGetAsync(id, default));
    }

    private static TrialRecord TrialOf(int trial) => new()
    {
        Trial = trial,
        Trainer = "xgboost",
        Parameters = new Dictionary<string, string>(StringComparer.Ordinal),
        Status = StepStatus.Running,
    };
}
