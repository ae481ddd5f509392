using System.Diagnostics;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.Core.Training;
using MlOps.Data.Features;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Training;

/// <summary>Trains one trial in a process of its own on this machine.</summary>
internal sealed class TrainTrial(RunStepServices services, TrialSpecs specs, TrialResults results, TrainerProcess trainer) : TaskActivity<TrialRequest, TrialOutcome>
{
    public override async Task<TrialOutcome> RunAsync(TaskActivityContext context, TrialRequest input) =>
        await results.TryFindAsync(input, context.CancellationToken)
        ?? await results.KeepAsync(input, await TrainAsync(input, context.CancellationToken), context.CancellationToken);

    private async Task<TrialOutcome> TrainAsync(TrialRequest input, CancellationToken cancellationToken)
    {
        var record = new TrialRecord { Trial = input.Trial, Trainer = input.Trainer, Parameters = input.Parameters, Status = StepStatus.Running };
        await services.Runs.SaveTrialAsync(input.RunId, record, cancellationToken);
        using var work = services.Work.Create();
        var pipeline = await services.Specs.ReadAsync(input.RunId, cancellationToken);
        // The trials of a search share the machine.
        var spec = await specs.MakeAsync(input, Math.Max(1, Environment.ProcessorCount / pipeline.Training.Search.Parallel), cancellationToken);
        await LayOutAsync(input, spec, work, cancellationToken);

        var watch = Stopwatch.StartNew();
        var end = await trainer.RunAsync(
            new(work["spec.json"], work["data"], work["out"], pipeline.Training.Timeout) { Command = input.Command, Pipeline = pipeline.Name },
            progress => services.Runs.SaveTrialAsync(input.RunId, record with { Progress = progress.Share, Score = progress.Value }, cancellationToken),
            cancellationToken);
        record = record with { Seconds = watch.Elapsed.TotalSeconds };
        return end.Error is { } error
            ? await results.FailAsync(input, record, error, cancellationToken)
            : await results.AcceptAsync(input, record, spec, work, cancellationToken);
    }

    /// <summary>Lays out what the trainer gets: its specification and the two parts of the examples.</summary>
    private static async Task LayOutAsync(TrialRequest input, TrialSpec spec, WorkFolder work, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(work["data"]);
        Directory.CreateDirectory(work["out"]);
        await work.LayAsync(input.Features.Folder + FeatureSet.TrainFile, $"data/{FeatureSet.TrainFile}", cancellationToken);
        await work.LayAsync(input.Features.Folder + FeatureSet.ValidationFile, $"data/{FeatureSet.ValidationFile}", cancellationToken);
        await File.WriteAllBytesAsync(work["spec.json"], JsonSerializer.SerializeToUtf8Bytes(spec, MlOpsJson.Indented), cancellationToken);
    }
}
