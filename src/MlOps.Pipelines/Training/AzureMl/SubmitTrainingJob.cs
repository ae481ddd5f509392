using System.Text.Json.Nodes;
using Azure;
using Microsoft.Extensions.Options;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>Lays out what trainers get, and submits the job. Safe to run again: the job's name follows from the run, and a job that is there is not submitted twice.</summary>
internal sealed class SubmitTrainingJob(RunStepServices services, TrialSpecs specs, TrialCode code, AzureMlClient client, IOptions<AzureMlOptions> options)
    : TaskActivity<TrainingJobRequest, TrainingJob>
{
    // The trainer takes as many as its machine has.
    private const int AllThreads = 1024;

    public override async Task<TrainingJob> RunAsync(TaskActivityContext context, TrainingJobRequest input)
    {
        var cancellationToken = context.CancellationToken;
        var job = JobOf(input);
        var pipeline = await services.Specs.ReadAsync(input.RunId, cancellationToken);
        var compute = (AzureMlCompute)pipeline.Training.Compute;
        if (options.Value.Missing(compute.Cluster) is [_, ..] missing)
            return job with { Refusal = $"'training.compute' is azureml, and these settings are missing: {string.Join(", ", missing)}. Set them, or use compute: local." };

        await PrepareAsync(input, job, pipeline, cancellationToken);
        var payload = new JobPayload(options.Value, client.WorkspaceId, compute, input.RunId, pipeline.Name, pipeline.Training.Timeout);
        try
        {
            await client.SubmitAsync(job.JobId, PropertiesOf(input, payload, pipeline), cancellationToken);
            return job;
        }
        catch (RequestFailedException refused) when (refused.Status is >= 400 and < 500 and not (401 or 403 or 408 or 429))
        {
            // Trying again would be refused again. A missing permission may still be given, so that is tried.
            return job with { Refusal = $"Azure Machine Learning refused the job ({refused.Status} {refused.ErrorCode}): {FirstLine(refused.Message)}" };
        }
    }

    private TrainingJob JobOf(TrainingJobRequest input) => new(
        input.RunId,
        input.Trials is [var only] ? $"{input.RunId}-t{only.Trial:D3}" : $"{input.RunId}-search",
        [.. input.Trials.Select(t => t.Trial)],
        options.Value.PollInterval,
        options.Value.LongestPollInterval);

    private static JsonObject PropertiesOf(TrainingJobRequest input, JobPayload payload, PipelineSpec pipeline) =>
        input.Trials is [var only] ? payload.Command(only) : payload.Sweep(input.Trials, pipeline.Training.Search);

    private async Task PrepareAsync(TrainingJobRequest input, TrainingJob job, PipelineSpec pipeline, CancellationToken cancellationToken)
    {
        if (input.Trials[0].Command is not null) await code.PublishAsync(input.RunId, pipeline.Name, cancellationToken);
        foreach (var trial in input.Trials)
        {
            var spec = await specs.MakeAsync(trial, AllThreads, cancellationToken);
            await services.Blobs.WriteJsonAsync(TrialResults.FolderOf(input.RunId, trial.Trial) + "spec.json", spec, cancellationToken);
            await services.Runs.SaveTrialAsync(
                input.RunId,
                new TrialRecord { Trial = trial.Trial, Trainer = trial.Trainer, Parameters = trial.Parameters, Status = StepStatus.Running, Job = job.JobId },
                cancellationToken);
        }
    }

    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd();
}
