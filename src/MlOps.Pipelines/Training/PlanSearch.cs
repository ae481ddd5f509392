using MlOps.Core.Runs;
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
        return new SearchPlan(trials, search.Parallel, search.Maximize);
    }
}
