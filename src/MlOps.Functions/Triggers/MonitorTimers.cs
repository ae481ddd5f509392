using MlOps.DurableTask.Functions;
using MlOps.Pipelines.Monitoring;

namespace MlOps.Functions.Triggers;

/// <summary>A timer for each schedule of each pipeline's monitors. The platform keeps the clock, so that nothing has to run in between.</summary>
internal sealed class MonitorTimers(MonitorStarter monitors, TimeProvider time) : ITriggerFunctions
{
    // A timer may fire late, while its application starts; not much later than this.
    private static readonly TimeSpan Lateness = TimeSpan.FromHours(1);

    public IEnumerable<TriggerFunction> List() =>
        monitors.ListSchedules().Select(s => new TriggerFunction(
            $"Monitors_{s.Pipeline}_{s.Number}", FunctionBindings.TimerTrigger(s.Schedule), (invocation, cancelled) => RunAsync(s.Pipeline, s.Schedule, invocation, cancelled)));

    private async Task RunAsync(string pipeline, string schedule, TriggerInvocation invocation, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var started = await monitors.StartDueAsync(pipeline, schedule, now - Lateness, now, cancellationToken);
        invocation.Log(started.Count > 0 ? $"Monitors of pipeline {pipeline}: {string.Join(", ", started)}." : $"Pipeline {pipeline} has no monitors with this schedule any more.");
    }
}
