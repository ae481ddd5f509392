using MlOps.DurableTask;
using MlOps.Monitoring.Measuring;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Measures one window for one monitor. Run again, it replaces its own result.</summary>
internal sealed class MeasureWindow(PipelineCatalog pipelines, MonitorContexts contexts, MonitorResultStore results, WorkFolders folders, TimeProvider time)
    : TaskActivity<MeasureRequest, MonitorOutcome>
{
    public override async Task<MonitorOutcome> RunAsync(TaskActivityContext context, MeasureRequest input)
    {
        var cancellationToken = context.CancellationToken;
        var (pipeline, monitor) = pipelines.Require(input.Pipeline, input.Monitor);
        using var work = folders.Create();
        var measured = await contexts.BuildAsync(pipeline, monitor, input.Window, work, cancellationToken);
        if (measured is null) return new(input.Monitor, 0, 0, 0, "Nothing has been released to the endpoint yet.");
        using (measured.Window)
        {
            var result = await Task.Run(() => Measurement.Run(monitor, input.Window, measured, time.GetUtcNow(), cancellationToken), cancellationToken);
            await results.SaveAsync(result, cancellationToken);
            MonitorMetrics.Export(result);
            return new(input.Monitor, result.Rows, result.Points.Count, result.Points.Count(p => p.Breached), result.Note);
        }
    }
}
