using MlOps.Core.Runs;
using MlOps.Core.Training;
using MlOps.Inference.Training;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Training;

/// <summary>What became of trials. A trial that fails is an outcome like any other; the search goes on.</summary>
internal sealed class TrialResults(RunStepServices services)
{
    /// <summary>What a trainer leaves, the marker last.</summary>
    public static IReadOnlyList<string> Products { get; } = [TrialOutput.ModelFile, TrialOutput.SignatureFile, TrialOutput.MetricsFile];

    /// <summary>Blob prefix of what a trial leaves.</summary>
    public static string FolderOf(string runId, int trial) => $"runs/{runId}/trials/{trial:D3}/";

    public Task<TrialOutcome?> TryFindAsync(TrialRequest input, CancellationToken cancellationToken) =>
        services.Blobs.TryReadJsonAsync<TrialOutcome>(PlaceOf(input), cancellationToken);

    /// <summary>Keeps an outcome; of two the first stands.</summary>
    public Task<TrialOutcome> KeepAsync(TrialRequest input, TrialOutcome outcome, CancellationToken cancellationToken) =>
        services.Blobs.CreateOrReadJsonAsync(PlaceOf(input), outcome, cancellationToken);

    /// <summary>Checks what a trainer left in <c>out/</c> of a work folder, and publishes it.</summary>
    public async Task<TrialOutcome> AcceptAsync(TrialRequest input, TrialRecord record, TrialSpec spec, WorkFolder work, CancellationToken cancellationToken)
    {
        TrialMetrics metrics;
        try
        {
            metrics = TrialOutput.Read(work["out"], spec);
        }
        catch (TrialOutputException odd)
        {
            return await FailAsync(input, record, $"The trainer broke its contract (docs/TRAINING.md). {odd.Message}", cancellationToken);
        }

        var folder = FolderOf(input.RunId, input.Trial);
        foreach (var product in Products) await work.PublishAsync($"out/{product}", folder + product, cancellationToken);
        var score = metrics.Validation[spec.Metric];
        await services.Runs.SaveTrialAsync(
            input.RunId,
            record with
            {
                Status = StepStatus.Done,
                Progress = 1,
                Score = score,
                Seconds = record.Seconds ?? metrics.TrainSeconds,
                PeakMemoryBytes = metrics.PeakMemoryBytes,
            },
            cancellationToken);
        return new TrialOutcome(input.Trial, score, folder);
    }

    public async Task<TrialOutcome> FailAsync(TrialRequest input, TrialRecord record, string error, CancellationToken cancellationToken)
    {
        await services.Runs.SaveTrialAsync(input.RunId, record with { Status = StepStatus.Failed, Error = error }, cancellationToken);
        return new TrialOutcome(input.Trial, double.NaN, "", error);
    }

    private static string PlaceOf(TrialRequest input) => FolderOf(input.RunId, input.Trial) + "outcome.json";
}
