using MlOps.Core.Runs;
using MlOps.Core.Training;
using MlOps.DurableTask;
using MlOps.Inference.Training;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>Takes over what a trial left in the container, checked like any trainer's output; or the reason why it left nothing.</summary>
internal sealed class CollectTrial(RunStepServices services, TrialResults results) : TaskActivity<TrialCollection, TrialOutcome>
{
    public override async Task<TrialOutcome> RunAsync(TaskActivityContext context, TrialCollection input) =>
        await results.TryFindAsync(input.Trial, context.CancellationToken)
        ?? await results.KeepAsync(input.Trial, await CollectAsync(input, context.CancellationToken), context.CancellationToken);

    private async Task<TrialOutcome> CollectAsync(TrialCollection input, CancellationToken cancellationToken)
    {
        var trial = input.Trial;
        var record = (await services.Runs.ListTrialsAsync(trial.RunId, cancellationToken)).FirstOrDefault(t => t.Trial == trial.Trial)
            ?? new TrialRecord { Trial = trial.Trial, Trainer = trial.Trainer, Parameters = trial.Parameters, Status = StepStatus.Running };
        if (input.Job.Refusal is { } refusal) return await results.FailAsync(trial, record, refusal, cancellationToken);

        var folder = TrialResults.FolderOf(trial.RunId, trial.Trial);
        // The marker is written last. One trial of a sweep may be done although the sweep as a whole was cancelled.
        if (await services.Blobs.TryGetInfoAsync($"{folder}out/{TrialOutput.MetricsFile}", cancellationToken) is null)
            return await results.FailAsync(trial, record, await ReasonAsync(input, folder, cancellationToken), cancellationToken);

        using var work = services.Work.Create();
        Directory.CreateDirectory(work["out"]);
        foreach (var product in TrialResults.Products)
        {
            if (await services.Blobs.TryGetInfoAsync($"{folder}out/{product}", cancellationToken) is not null)
                await work.LayCopyAsync($"{folder}out/{product}", $"out/{product}", cancellationToken);
        }

        var spec = await services.Blobs.ReadJsonAsync<TrialSpec>(folder + "spec.json", cancellationToken);
        return await results.AcceptAsync(trial, record, spec, work, cancellationToken);
    }

    private async Task<string> ReasonAsync(TrialCollection input, string folder, CancellationToken cancellationToken)
    {
        var job = $"Job {input.Job.JobId} of Azure Machine Learning ended as {input.State.Status}{(input.State.Studio is { } page ? $" ({page})" : "")}";
        return await TrialLog.TryReadLastLinesAsync(services.Blobs, folder + "out/", cancellationToken) is { Length: > 0 } lines
            ? $"{job}; the trainer's last lines: {lines}"
            : $"{job} before the trainer printed anything. Look at the job's own log.";
    }
}
