using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>Trains trials as one job of Azure Machine Learning. While it waits for the job nothing of ours runs: a durable timer wakes it.</summary>
internal sealed class TrainOnAzureMl : TaskOrchestrator<TrainingJobRequest, IReadOnlyList<TrialOutcome>>
{
    // A service that is down for an hour costs the search an hour, not its trials.
    private static readonly TaskOptions s_patient = new(new RetryPolicy(
        maxNumberOfAttempts: 20, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(5)));

    public override async Task<IReadOnlyList<TrialOutcome>> RunAsync(TaskOrchestrationContext context, TrainingJobRequest input)
    {
        var job = await context.CallActivityAsync<TrainingJob>(nameof(SubmitTrainingJob), input, s_patient);
        var end = await EndOfAsync(context, job);
        return await Task.WhenAll(input.Trials.Select(trial =>
            context.CallActivityAsync<TrialOutcome>(nameof(CollectTrial), new TrialCollection(trial, job, end), StepRetry.Options)));
    }

    private static async Task<TrainingJobState> EndOfAsync(TaskOrchestrationContext context, TrainingJob job)
    {
        if (job.Refusal is not null) return new("Refused", Final: true, Completed: false, Studio: null);
        for (var look = 0; ; look++)
        {
            var state = await context.CallActivityAsync<TrainingJobState>(nameof(PollTrainingJob), job, s_patient);
            if (state.Final) return state;
            await context.CreateTimer(job.PollAfter(look), CancellationToken.None);
        }
    }
}
