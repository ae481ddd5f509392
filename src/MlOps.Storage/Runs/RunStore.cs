using MlOps.Core.Runs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Runs;

/// <summary>The records of runs, their steps and trials: what people read, in the embedded world and in Azure.</summary>
/// <remarks>Tables: <c>runs</c> (partition: pipeline, row: run id, which sorts by time) and <c>runsteps</c> (partition: run id).</remarks>
public sealed class RunStore(ITableStore tables, TimeProvider time)
{
    private const string Runs = "runs";
    private const string Steps = "runsteps";

    /// <summary>Accepts a run; accepting the same id again changes nothing and answers false.</summary>
    public Task<bool> CreateAsync(RunRecord run, CancellationToken cancellationToken) =>
        tables.TryInsertAsync(Runs, run.Pipeline, run.RunId, run, cancellationToken);

    /// <summary>A run, or <see langword="null"/>.</summary>
    public async Task<RunRecord?> TryGetAsync(string runId, CancellationToken cancellationToken) =>
        RunId.TryGetPipeline(runId) is { } pipeline
            ? await tables.TryReadJsonAsync<RunRecord>(Runs, pipeline, runId, cancellationToken)
            : null;

    /// <summary>Runs, newest first.</summary>
    /// <param name="pipeline">Only this pipeline's; <see langword="null"/>: all, newest first overall.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<RunRecord>> ListAsync(string? pipeline, CancellationToken cancellationToken)
    {
        var runs = await tables.ReadAllAsync<RunRecord>(Runs, new TableQuery { Partition = pipeline, Descending = true }, cancellationToken);
        return pipeline is null ? [.. runs.OrderByDescending(r => r.CreatedAt).ThenByDescending(r => r.RunId, StringComparer.Ordinal)] : runs;
    }

    /// <summary>Moves a run to a status; a final status is never left.</summary>
    public Task<RunRecord?> SetStatusAsync(string runId, RunStatus status, string? reason, CancellationToken cancellationToken) =>
        tables.UpdateAsync<RunRecord>(
            Runs,
            PipelineOf(runId),
            runId,
            run => run.Status == status || run.Status.IsFinal()
                ? run
                : run with { Status = status, Reason = reason, FinishedAt = status.IsFinal() ? time.GetUtcNow() : null },
            cancellationToken);

    /// <summary>Moves a run from Queued to Running; anything else is left as it is.</summary>
    public Task<RunRecord?> MarkStartedAsync(string runId, CancellationToken cancellationToken) =>
        tables.UpdateAsync<RunRecord>(
            Runs,
            PipelineOf(runId),
            runId,
            run => run.Status is RunStatus.Queued ? run with { Status = RunStatus.Running } : run,
            cancellationToken);

    /// <summary>The steps of a run that have started, in their order.</summary>
    public async Task<IReadOnlyList<StepRecord>> ListStepsAsync(string runId, CancellationToken cancellationToken)
    {
        var steps = await tables.ReadAllAsync<StepRecord>(Steps, new TableQuery { Partition = runId, RowPrefix = "step-" }, cancellationToken);
        return steps;
    }

    /// <summary>Notes that a step works. Its first start is kept when it starts again after a crash.</summary>
    public async Task StartStepAsync(string runId, string step, string message, CancellationToken cancellationToken)
    {
        var started = new StepRecord { Step = step, Status = StepStatus.Running, StartedAt = time.GetUtcNow(), Message = message };
        if (!await tables.TryInsertAsync(Steps, runId, StepRow(step), started, cancellationToken))
            await ChangeStepAsync(runId, step, s => s with { Status = StepStatus.Running, FinishedAt = null, Message = message }, cancellationToken);
    }

    /// <summary>Notes what a running step does now.</summary>
    public Task ReportStepAsync(string runId, string step, string message, CancellationToken cancellationToken) =>
        ChangeStepAsync(runId, step, s => s.Message == message ? s : s with { Message = message }, cancellationToken);

    /// <summary>Notes how a step ended; when it ended so before, the first time stands.</summary>
    public Task FinishStepAsync(
        string runId, string step, StepStatus status, string message, System.Text.Json.JsonElement? result, CancellationToken cancellationToken) =>
        ChangeStepAsync(
            runId,
            step,
            s => s.FinishedAt is not null && s.Status == status ? s : s with { Status = status, FinishedAt = time.GetUtcNow(), Message = message, Result = result },
            cancellationToken);

    /// <summary>The trials of a run, in order.</summary>
    public Task<IReadOnlyList<TrialRecord>> ListTrialsAsync(string runId, CancellationToken cancellationToken) =>
        tables.ReadAllAsync<TrialRecord>(Steps, new TableQuery { Partition = runId, RowPrefix = "trial-" }, cancellationToken);

    /// <summary>Writes what is known of a trial.</summary>
    public Task SaveTrialAsync(string runId, TrialRecord trial, CancellationToken cancellationToken) =>
        tables.WriteJsonAsync(Steps, runId, $"trial-{trial.Trial:D4}", trial, cancellationToken);

    private Task<StepRecord?> ChangeStepAsync(string runId, string step, Func<StepRecord, StepRecord> change, CancellationToken cancellationToken) =>
        tables.UpdateAsync(Steps, runId, StepRow(step), change, cancellationToken);

    private static string StepRow(string step) => $"step-{RunSteps.All.ToList().IndexOf(step):D2}-{step}";

    private static string PipelineOf(string runId) =>
        RunId.TryGetPipeline(runId) ?? throw new ArgumentException($"'{runId}' is no run id: expected <pipeline>-<yyyyMMdd>-<HHmmss>-<4 digits>.", nameof(runId));
}
