using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Storage.Blobs;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Runs;

/// <summary>What every step of a run needs.</summary>
internal sealed record RunStepServices(IBlobStore Blobs, RunStore Runs, RunSpecs Specs, WorkFolders Work);

/// <summary>
/// An activity that is one step of a run. Safe to run again: its place follows from the run alone, so a second run meets the
/// first one's result; the result is published with one conditional write at the end. It keeps the run's journal.
/// </summary>
internal abstract class RunStep<TInput, TOutput>(RunStepServices services) : TaskActivity<TInput, TOutput>
{
    /// <summary>One of <see cref="RunSteps"/>.</summary>
    protected abstract string Step { get; }

    protected IBlobStore Blobs => services.Blobs;

    protected RunStore Runs => services.Runs;

    protected RunSpecs Specs => services.Specs;

    protected WorkFolders Work => services.Work;

    protected abstract string RunIdOf(TInput input);

    /// <summary>Does the work. Whoever reads the journal sees <paramref name="progress"/>.</summary>
    protected abstract Task<TOutput> ExecuteAsync(TInput input, StepProgress progress, CancellationToken cancellationToken);

    /// <summary>How the step ended, and one line for people.</summary>
    protected abstract (StepStatus Status, string Message) Describe(TOutput output);

    public sealed override async Task<TOutput> RunAsync(TaskActivityContext context, TInput input)
    {
        var cancellationToken = context.CancellationToken;
        var runId = RunIdOf(input);
        var place = ResultOf(runId, Step);
        var output = await Blobs.TryReadJsonAsync<Result>(place, cancellationToken)
            ?? await MakeAsync(runId, place, input, cancellationToken);

        var (status, message) = Describe(output.Value);
        var result = JsonSerializer.SerializeToElement(output.Value, MlOpsJson.Compact);
        await Runs.FinishStepAsync(runId, Step, status, message, result, cancellationToken);
        return output.Value;
    }

    /// <summary>Blob that holds a step's result once it has one.</summary>
    protected static string ResultOf(string runId, string step) => $"runs/{runId}/{step}/result.json";

    private async Task<Result> MakeAsync(string runId, string place, TInput input, CancellationToken cancellationToken)
    {
        await Runs.StartStepAsync(runId, Step, "", cancellationToken);
        try
        {
            var output = await ExecuteAsync(input, new StepProgress(Runs, runId, Step), cancellationToken);
            return await Blobs.CreateOrReadJsonAsync(place, new Result(output), cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await Runs.FinishStepAsync(runId, Step, StepStatus.Failed, error.Message, null, cancellationToken);
            if (error is NonRetriableTaskException) throw;
            if (UserErrors.IsUserError(error)) throw new NonRetriableTaskException(error.Message, error);
            throw;
        }
    }

    /// <summary>A step's result may be null (no champion), a blob may not.</summary>
    private sealed record Result(TOutput Value);
}

/// <summary>Tells people what a step does now.</summary>
internal sealed class StepProgress(RunStore runs, string runId, string step)
{
    public Task ReportAsync(string message, CancellationToken cancellationToken) =>
        runs.ReportStepAsync(runId, step, message, cancellationToken);
}
