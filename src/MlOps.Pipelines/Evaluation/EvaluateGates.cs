using MlOps.Core.Evaluation;
using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Evaluation;

/// <summary>Holds the candidate against the pipeline's gates.</summary>
internal sealed class EvaluateGates(RunStepServices services) : RunStep<GateRequest, GateReport>(services)
{
    protected override string Step => RunSteps.Gates;

    protected override string RunIdOf(GateRequest input) => input.Candidate.RunId;

    protected override (StepStatus, string) Describe(GateReport output) => output.Passed
        ? (StepStatus.Done, output.Gates.Count is 0 ? "no gates" : $"{output.Gates.Count} of {output.Gates.Count} passed")
        : (StepStatus.Failed, output.Reason);

    protected override async Task<GateReport> ExecuteAsync(GateRequest input, StepProgress progress, CancellationToken cancellationToken)
    {
        var spec = await Specs.ReadAsync(input.Candidate.RunId, cancellationToken);
        var scores = input.Champion is not null && spec.Gates.Any(g => g.Confidence is not null)
            ? await ReadScoresAsync(input.Candidate.RunId, cancellationToken)
            : null;
        return await Task.Run(() => GateEvaluator.Evaluate(spec.Gates, input.Candidate.Metrics, input.Champion?.Metrics, scores), cancellationToken);
    }

    private async Task<PairedScores?> ReadScoresAsync(string runId, CancellationToken cancellationToken) =>
        await TestScoreFiles.TryReadAsync(Blobs, runId, RunSteps.Evaluate, cancellationToken) is { } candidate
        && await TestScoreFiles.TryReadAsync(Blobs, runId, RunSteps.Champion, cancellationToken) is { } champion
            ? new(candidate, champion)
            : null;
}
