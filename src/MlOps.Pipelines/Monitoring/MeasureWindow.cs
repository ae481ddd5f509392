using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.DurableTask;
using MlOps.Monitoring.Measuring;
using MlOps.Monitoring.Windows;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Models;
using MlOps.Storage.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Measures one window for one monitor. Run again, it replaces its own result.</summary>
internal sealed class MeasureWindow(PipelineCatalog pipelines, MonitorContexts contexts, ChanceFiles chance, MonitorResultStore results, WorkFolders folders, TimeProvider time)
    : TaskActivity<MeasureRequest, MonitorOutcome>
{
    public override async Task<MonitorOutcome> RunAsync(TaskActivityContext context, MeasureRequest input)
    {
        var cancellationToken = context.CancellationToken;
        var (pipeline, monitor) = pipelines.Require(input.Pipeline, input.Monitor);
        using var work = folders.Create();
        using var answers = await contexts.OpenAnswersAsync(pipeline, monitor, input.Window, work, cancellationToken);
        try
        {
            if (await contexts.TryBuildAsync(pipeline, monitor, answers, work, cancellationToken) is not { } measured)
                return new(input.Monitor, 0, 0, 0, "Nothing has been released to the endpoint yet.");
            var result = await Task.Run(() => Measurement.Run(monitor, input.Window, measured, time.GetUtcNow(), cancellationToken), cancellationToken);
            await results.SaveAsync(result, cancellationToken);
            await chance.KeepAsync(measured.Model, measured.Chance, cancellationToken);
            MonitorMetrics.Export(result);
            return OutcomeOf(result);
        }
        catch (PackageException damaged)
        {
            return OutcomeOf(await NoteAsync(pipeline, monitor, input.Window, answers, damaged.Message, cancellationToken));
        }
    }

    /// <summary>Notes why a window could not be measured. What was measured of it before stays.</summary>
    private async Task<MonitorResult> NoteAsync(
        PipelineSpec pipeline, MonitorSpec monitor, TimeWindow window, PredictionWindow answers, string reason, CancellationToken cancellationToken)
    {
        var result = Measurement.Impossible(pipeline, monitor, window, answers, reason, time.GetUtcNow(), cancellationToken);
        if (await results.TryGetAsync(result.Endpoint, result.Monitor, window, cancellationToken) is not { Points.Count: > 0 })
            await results.SaveAsync(result, cancellationToken);
        return result;
    }

    private static MonitorOutcome OutcomeOf(MonitorResult result) =>
        new(result.Monitor, result.Rows, result.Points.Count, result.Points.Count(p => p.Breached), result.Note);
}
