using System.Text.Json;
using MlOps.Core.Datasets;
using MlOps.Core.Evaluation;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.Pipelines.Evaluation;
using MlOps.Pipelines.Releases;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;
using MlOps.Storage.Runs;

namespace MlOps.Functions.Api;

/// <summary>Puts together what people read of a run: its record, its steps' results, its trials.</summary>
internal sealed class RunReader(RunStore runs, IBlobStore blobs, TimeProvider time)
{
    /// <param name="runId">The run.</param>
    /// <param name="withProof">Whether the request that verified the release is told with the values of its row, and the answer to it.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<RunDetails?> TryReadAsync(string runId, bool withProof, CancellationToken cancellationToken)
    {
        if (await runs.TryGetAsync(runId, cancellationToken) is not { } run) return null;
        var steps = await runs.ListStepsAsync(runId, cancellationToken);
        var report = await blobs.TryReadJsonAsync<EvaluationReport>(CandidateFiles.ReportOf(runId), cancellationToken);
        var check = ResultOf<EndpointCheck>(steps, RunSteps.Verify);
        return new RunDetails
        {
            Run = run.RunId,
            Pipeline = run.Pipeline,
            Status = run.Status,
            Reason = run.Reason,
            Trigger = run.Trigger,
            StartedBy = run.StartedBy,
            CreatedAt = run.CreatedAt,
            FinishedAt = run.FinishedAt,
            Dataset = DatasetOf(steps),
            Trials = await runs.ListTrialsAsync(runId, cancellationToken),
            BestTrial = ResultOf<TrialOutcome>(steps, RunSteps.Search)?.Trial,
            Model = ResultOf<ModelRef>(steps, RunSteps.Register) is { } model
                ? new(model.Name, model.Version, model.Sha256, model.Package, ModelPackage.PathOf(model.Name, model.Version) + ModelPackage.Model)
                : null,
            Metrics = ResultOf<CandidateRef>(steps, RunSteps.Evaluate)?.Metrics,
            Intervals = report?.Intervals.ToDictionary(i => i.Key, i => new[] { i.Value.Low, i.Value.High }, StringComparer.Ordinal),
            Champion = ResultOf<ChampionRef>(steps, RunSteps.Champion),
            Gates = ResultOf<GateReport>(steps, RunSteps.Gates)?.Gates ?? [],
            Endpoint = check is { Passed: true } ? EndpointOf(check) : null,
            PredictUrl = check?.Url,
            Proof = check is null || !withProof ? null : new(check.Request, check.Response),
            Steps = withProof ? steps : [.. steps.Select(WithoutProof)],
            Durations = DurationsOf(run, steps),
        };
    }

    private static StepRecord WithoutProof(StepRecord step) => step is { Step: RunSteps.Verify, Result: { ValueKind: JsonValueKind.Object } result }
        ? step with { Result = JsonSerializer.SerializeToElement(result.Deserialize<EndpointCheck>(MlOpsJson.Compact)! with { Request = null, Response = null }, MlOpsJson.Compact) }
        : step;

    private static RunDataset? DatasetOf(IReadOnlyList<StepRecord> steps) =>
        ResultOf<DatasetRef>(steps, RunSteps.Ingest) is { } dataset
            ? new(
                dataset.Name,
                dataset.Version,
                ResultOf<ValidationVerdict>(steps, RunSteps.Validate)?.Kept ?? dataset.Rows,
                ResultOf<ValidationVerdict>(steps, RunSteps.Validate)?.Quarantined ?? dataset.Unreadable)
            : null;

    private static string? EndpointOf(EndpointCheck check) =>
        check.Response is { } response && response.TryGetProperty("endpoint", out var endpoint) ? endpoint.GetString() : null;

    private Dictionary<string, double> DurationsOf(RunRecord run, IReadOnlyList<StepRecord> steps)
    {
        var now = time.GetUtcNow();
        var seconds = steps.ToDictionary(s => s.Step, s => Seconds((s.FinishedAt ?? now) - s.StartedAt), StringComparer.Ordinal);
        seconds["total"] = Seconds((run.FinishedAt ?? now) - run.CreatedAt);
        return seconds;
    }

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 3);

    private static T? ResultOf<T>(IReadOnlyList<StepRecord> steps, string step)
        where T : class =>
        steps.FirstOrDefault(s => s.Step == step)?.Result is { ValueKind: JsonValueKind.Object } result ? result.Deserialize<T>(MlOpsJson.Compact) : null;
}
