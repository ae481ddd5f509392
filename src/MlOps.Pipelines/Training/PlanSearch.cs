using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Training;

/// <summary>Draws the trials of a search. The same specification and seed give the same trials.</summary>
internal sealed class PlanSearch(RunStepServices services) : TaskActivity<FeatureSetRef, SearchPlan>
{
    public override async Task<SearchPlan> RunAsync(TaskActivityContext context, FeatureSetRef input)
    {
        var spec = await services.Specs.ReadAsync(input.RunId, context.CancellationToken);
        var search = spec.Training.Search;
        var trials = TrialPlan.Create(spec.Training)
            .Select(t => new TrialRequest(input.RunId, input, t.Trial, t.Trainer, t.Parameters, t.Command.Count > 0 ? t.Command : null))
            .ToList();
        await services.Runs.StartStepAsync(
            input.RunId, RunSteps.Search, $"{trials.Count} trials, {search.Parallel} at a time", context.CancellationToken);
        return new SearchPlan(trials, search.Parallel, search.Maximize) { Place = PlaceOf(spec.Training, trials) };
    }

    /// <summary>A sweep runs one command line, so its trials must share their program.</summary>
    private static TrainingPlace PlaceOf(TrainingSpec training, List<TrialRequest> trials) => training.Compute switch
    {
        AzureMlCompute compute when trials.Count > 1 && trials.Count >= compute.SweepFrom && trials.TrueForAll(t => SameProgram(t, trials[0])) => TrainingPlace.AzureMlSweep,
        AzureMlCompute => TrainingPlace.AzureMl,
        _ => TrainingPlace.Local,
    };

    private static bool SameProgram(TrialRequest one, TrialRequest other) => (one.Command ?? []).SequenceEqual(other.Command ?? [], StringComparer.Ordinal);
}
