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
        return GateEvaluator.Evaluate(spec.Gates, input.Candidate.Metrics, input.Champion?.Metrics);
    }
}
