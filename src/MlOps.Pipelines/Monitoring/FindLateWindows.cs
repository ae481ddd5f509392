using MlOps.Core.Monitoring;
using MlOps.DurableTask;
using MlOps.Storage.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Finds the windows that were measured before labels came for them, so that they are measured again.</summary>
internal sealed class FindLateWindows(MonitorResultStore results) : TaskActivity<LateLabels, IReadOnlyList<MeasureRequest>>
{
    // Windows further back are history: a label that comes so late changes the label files, not the charts.
    private const int MostWindows = 60;

    public override async Task<IReadOnlyList<MeasureRequest>> RunAsync(TaskActivityContext context, LateLabels input)
    {
        var run = input.Run;
        if (input.Days.Count is 0) return [];
        var late = new List<MeasureRequest>();
        foreach (var monitor in run.Monitors.Where(m => m is MonitorKind.Performance or MonitorKind.Fairness or MonitorKind.ConceptDrift))
        {
            var measured = await results.ListAsync(run.Endpoint, monitor, null, MostWindows, context.CancellationToken);
            late.AddRange(measured
                .Where(r => r.Window != run.Window && r.Window.Days().Intersect(input.Days).Any())
                .Select(r => new MeasureRequest(run.Endpoint, run.Pipeline, monitor, r.Window)));
        }
        return late;
    }
}
