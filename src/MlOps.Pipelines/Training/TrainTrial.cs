using System.Diagnostics;
using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.Core.Training;
using MlOps.Data.Features;
using MlOps.DurableTask;
using MlOps.Inference.Training;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Training;

/// <summary>Trains one trial in a process of its own. A trial that fails is an outcome like any other; the search goes on.</summary>
internal sealed class TrainTrial(RunStepServices services, TrainerProcess trainer) : TaskActivity<TrialRequest, TrialOutcome>
{
    private static readonly string[] Products = [TrialOutput.ModelFile, TrialOutput.SignatureFile, TrialOutput.MetricsFile];

    /// <summary>Blob prefix of what a trial left.</summary>
    public static string FolderOf(string runId, int trial) => $"runs/{runId}/trials/{trial:D3}/";

    public override async Task<TrialOutcome> RunAsync(TaskActivityContext context, TrialRequest input)
    {
        var folder = FolderOf(input.RunId, input.Trial);
        var place = folder + "outcome.json";
        if (await services.Blobs.TryReadJsonAsync<TrialOutcome>(place, context.CancellationToken) is { } done) return done;

        var outcome = await TrainAsync(input, folder, context.CancellationToken);
        return await services.Blobs.CreateOrReadJsonAsync(place, outcome, context.CancellationToken);
    }

    private async Task<TrialOutcome> TrainAsync(TrialRequest input, string folder, CancellationToken cancellationToken)
    {
        var record = new TrialRecord { Trial = input.Trial, Trainer = input.Trainer, Parameters = input.Parameters, Status = StepStatus.Running };
        await services.Runs.SaveTrialAsync(input.RunId, record, cancellationToken);
        using var work = services.Work.Create();
        var spec = await PrepareAsync(input, work, cancellationToken);
        var pipeline = await services.Specs.ReadAsync(input.RunId, cancellationToken);

        var watch = Stopwatch.StartNew();
        var end = await trainer.RunAsync(
            new(work["spec.json"], work["data"], work["out"], pipeline.Training.Timeout) { Command = input.Command, Pipeline = pipeline.Name },
            progress => services.Runs.SaveTrialAsync(input.RunId, record with { Progress = progress.Share, Score = progress.Value }, cancellationToken),
            cancellationToken);
        record = record with { Seconds = watch.Elapsed.TotalSeconds };

        if (end.Error is { } error) return await FailAsync(input, record, error, cancellationToken);

        TrialMetrics metrics;
        try
        {
            metrics = TrialOutput.Read(work["out"], spec);
        }
        catch (TrialOutputException odd)
        {
            return await FailAsync(input, record, $"The trainer broke its contract (docs/TRAINING.md). {odd.Message}", cancellationToken);
        }

        foreach (var product in Products) await work.PublishAsync($"out/{product}", folder + product, cancellationToken);
        var score = metrics.Validation[spec.Metric];
        await services.Runs.SaveTrialAsync(
            input.RunId, record with { Status = StepStatus.Done, Progress = 1, Score = score, PeakMemoryBytes = metrics.PeakMemoryBytes }, cancellationToken);
        return new TrialOutcome(input.Trial, score, folder);
    }

    private async Task<TrialOutcome> FailAsync(TrialRequest input, TrialRecord record, string error, CancellationToken cancellationToken)
    {
        await services.Runs.SaveTrialAsync(input.RunId, record with { Status = StepStatus.Failed, Error = error }, cancellationToken);
        return new TrialOutcome(input.Trial, double.NaN, "", error);
    }

    /// <summary>Lays out what the trainer gets: its specification and the two parts of the examples.</summary>
    private async Task<TrialSpec> PrepareAsync(TrialRequest input, WorkFolder work, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(work["data"]);
        Directory.CreateDirectory(work["out"]);
        await work.LayAsync(input.Features.Folder + FeatureSet.TrainFile, $"data/{FeatureSet.TrainFile}", cancellationToken);
        await work.LayAsync(input.Features.Folder + FeatureSet.ValidationFile, $"data/{FeatureSet.ValidationFile}", cancellationToken);
        var search = (await services.Specs.ReadAsync(input.RunId, cancellationToken)).Training.Search;
        var transform = await services.Blobs.ReadJsonAsync<FeatureTransform>(input.Features.Folder + FeatureSet.TransformFile, cancellationToken);
        var spec = new TrialSpec
        {
            RunId = input.RunId,
            Trial = input.Trial,
            Trainer = input.Trainer,
            Parameters = input.Parameters,
            Features = transform.Features,
            Encoders = await services.Blobs.ReadJsonAsync<IReadOnlyList<CategoryEncoder>>(input.Features.Folder + FeatureSet.EncodersFile, cancellationToken),
            Label = transform.Label,
            Metric = search.Metric,
            Maximize = search.Maximize,
            Seed = search.Seed,
            // The trials of a search share the machine.
            Threads = Math.Max(1, Environment.ProcessorCount / search.Parallel),
        };
        await File.WriteAllBytesAsync(work["spec.json"], JsonSerializer.SerializeToUtf8Bytes(spec, MlOpsJson.Indented), cancellationToken);
        return spec;
    }
}
