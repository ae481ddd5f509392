using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>Cancels the jobs of a run that has been cancelled. Jobs that have ended, and runs without any, are left as they are.</summary>
internal sealed class CancelTrainingJobs(RunStore runs, AzureMlClient client) : TaskActivity<string, int>
{
    public override async Task<int> RunAsync(TaskActivityContext context, string input)
    {
        var jobs = (await runs.ListTrialsAsync(input, context.CancellationToken))
            .Where(t => t.Status is StepStatus.Running).Select(t => t.Job).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        foreach (var job in jobs) await client.CancelAsync(job, context.CancellationToken);
        return jobs.Count;
    }
}
