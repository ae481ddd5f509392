using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Holds the series of an endpoint's monitors against their rules: alerts open, go on, or close. Run again, it finds its own doing.</summary>
internal sealed class JudgeMonitors(PipelineCatalog pipelines, AlertKeeper keeper) : TaskActivity<MonitorRunRequest, IReadOnlyList<string>>
{
    public override async Task<IReadOnlyList<string>> RunAsync(TaskActivityContext context, MonitorRunRequest input)
    {
        var open = new List<string>();
        foreach (var kind in input.Monitors)
        {
            var (pipeline, monitor) = pipelines.Require(input.Pipeline, kind);
            if (await keeper.JudgeAsync(pipeline, monitor, context.CancellationToken) is { } alert) open.Add(alert.Id);
        }
        return open;
    }
}

/// <summary>Tells those who act on alerts of the ones that have opened, and of those that are still open. Run again, it tells those that were not told.</summary>
internal sealed class AnnounceAlerts(AlertAnnouncer announcer, AlertStore alerts) : TaskActivity<string, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, string input)
    {
        await announcer.AnnounceAsync(context.CancellationToken);
        foreach (var alert in (await alerts.ListAsync(input, context.CancellationToken)).Where(a => a.IsOpen))
            await announcer.RemindAsync(alert, context.CancellationToken);
        return true;
    }
}
