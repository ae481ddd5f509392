using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Training.AzureMl;

namespace MlOps.Pipelines.Training;

/// <summary>Trains the planned trials, a few at a time, and chooses the best.</summary>
internal sealed class HyperparameterSearch : TaskOrchestrator<FeatureSetRef, TrialOutcome>
{
    public override async Task<TrialOutcome> RunAsync(TaskOrchestrationContext context, FeatureSetRef input)
    {
        var plan = await context.CallActivityAsync<SearchPlan>(nameof(PlanSearch), input, StepRetry.Options);
        var outcomes = plan.Place is TrainingPlace.AzureMlSweep ? await TrainOnAzureMlAsync(context, plan.Trials) : await TrainEachAsync(context, plan);
        return await context.CallActivityAsync<TrialOutcome>(nameof(ChooseTrial), new TrialChoice(input.RunId, plan.Maximize, outcomes), StepRetry.Options);
    }

    private static async Task<IReadOnlyList<TrialOutcome>> TrainEachAsync(TaskOrchestrationContext context, SearchPlan plan)
    {
        var outcomes = new List<TrialOutcome>();
        var running = new List<Task<TrialOutcome>>();
        foreach (var trial in plan.Trials)
        {
            if (running.Count == plan.Parallel) outcomes.Add(await NextAsync(running));
            running.Add(plan.Place is TrainingPlace.AzureMl ? TrainOnAzureMlAsync(context, trial) : context.CallActivityAsync<TrialOutcome>(nameof(TrainTrial), trial, StepRetry.Options));
        }

        while (running.Count > 0) outcomes.Add(await NextAsync(running));
        return outcomes;
    }

    private static async Task<TrialOutcome> TrainOnAzureMlAsync(TaskOrchestrationContext context, TrialRequest trial) =>
        (await TrainOnAzureMlAsync(context, [trial]))[0];

    private static Task<IReadOnlyList<TrialOutcome>> TrainOnAzureMlAsync(TaskOrchestrationContext context, IReadOnlyList<TrialRequest> trials) =>
        context.CallSubOrchestratorAsync<IReadOnlyList<TrialOutcome>>(nameof(TrainOnAzureMl), new TrainingJobRequest(trials[0].RunId, trials));

    private static async Task<TrialOutcome> NextAsync(List<Task<TrialOutcome>> running)
    {
        var done = await Task.WhenAny(running);
        running.Remove(done);
        return await done;
    }
}
