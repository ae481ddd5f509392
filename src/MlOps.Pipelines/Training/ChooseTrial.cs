using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Training;

internal sealed record TrialChoice(string RunId, bool Maximize, IReadOnlyList<TrialOutcome> Outcomes);

/// <summary>Chooses the trial with the best score on the validation part; of equals the first.</summary>
internal sealed class ChooseTrial(RunStepServices services) : TaskActivity<TrialChoice, TrialOutcome>
{
    public override async Task<TrialOutcome> RunAsync(TaskActivityContext context, TrialChoice input)
    {
        var finished = input.Outcomes.Where(o => o.Error is null && !double.IsNaN(o.Score)).OrderBy(o => o.Trial).ToList();
        if (finished.Count is 0) return await FailAsync(input, context.CancellationToken);

        var best = input.Maximize ? finished.MaxBy(o => o.Score)! : finished.MinBy(o => o.Score)!;
        var failed = input.Outcomes.Count - finished.Count;
        var message = $"trial {best.Trial} of {input.Outcomes.Count} is best: {best.Score:0.####}" + (failed is 0 ? "" : $"; {failed} failed");
        await services.Runs.FinishStepAsync(
            input.RunId, RunSteps.Search, StepStatus.Done, message, JsonSerializer.SerializeToElement(best, MlOpsJson.Compact), context.CancellationToken);
        return best;
    }

    private async Task<TrialOutcome> FailAsync(TrialChoice input, CancellationToken cancellationToken)
    {
        var message = $"All {input.Outcomes.Count} trials failed. The first one: {input.Outcomes.MinBy(o => o.Trial)?.Error}";
        await services.Runs.FinishStepAsync(input.RunId, RunSteps.Search, StepStatus.Failed, message, null, cancellationToken);
        throw new NonRetriableTaskException(message);
    }
}
