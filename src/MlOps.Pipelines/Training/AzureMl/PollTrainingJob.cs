using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>Looks at a job once, and takes what its trainers report into the run's records.</summary>
internal sealed class PollTrainingJob(RunStepServices services, AzureMlClient client) : TaskActivity<TrainingJob, TrainingJobState>
{
    public override async Task<TrainingJobState> RunAsync(TaskActivityContext context, TrainingJob input)
    {
        var cancellationToken = context.CancellationToken;
        // A job that somebody deleted has no answer to wait for.
        if (await client.TryGetAsync(input.JobId, cancellationToken) is not { } job) return new("Deleted", Final: true, Completed: false, Studio: null);
        if (!job.IsFinal)
        {
            await TrialProgress.NoteAsync(services.Blobs, services.Runs, input.RunId, input.Trials, cancellationToken);
            await services.Runs.ReportStepAsync(input.RunId, RunSteps.Search, $"job {job.Id} is {job.Status}{(job.Studio is null ? "" : $": {job.Studio}")}", cancellationToken);
        }

        return new TrainingJobState(job.Status, job.IsFinal, job.Completed, job.Studio);
    }
}
