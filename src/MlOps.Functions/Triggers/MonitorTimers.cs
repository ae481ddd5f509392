using MlOps.DurableTask.Functions;
using MlOps.Pipelines.Monitoring;
using MlOps.Pipelines.Runs;

namespace MlOps.Functions.Triggers;

/// <summary>A timer for each schedule of a pipeline's monitors.</summary>
internal sealed class MonitorTimers(PipelineCatalog pipelines, MonitorStarter starter, TimeProvider time) : ITriggerFunctions
{
    // Timers fire late while their application starts. The same occurrence starts the same run, so that looking back does no harm.
    private static readonly TimeSpan s_lateness = TimeSpan.FromMinutes(5);

    public IEnumerable<TriggerFunction> List() => pipelines.Names().SelectMany(TimersOf);

    private IEnumerable<TriggerFunction> TimersOf(string pipeline)
    {
        var monitors = pipelines.TryRead(pipeline)!.Value.Spec.Monitors;
        var schedules = monitors.Monitors.Select(m => m.Schedule ?? monitors.Schedule).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return schedules.Select((schedule, i) => new TriggerFunction(
            i is 0 ? $"Monitors_{pipeline}" : $"Monitors_{pipeline}_{i + 1}", FunctionBindings.TimerTrigger(schedule), (invocation, cancelled) => RunAsync(pipeline, invocation, cancelled)));
    }

    private async Task RunAsync(string pipeline, TriggerInvocation invocation, CancellationToken cancellationToken)
    {
        if (pipelines.TryRead(pipeline)?.Spec is not { } spec) return;
        var now = time.GetUtcNow();
        await starter.StartDueAsync(spec, now - s_lateness, now, cancellationToken);
        invocation.Log($"What is due of the monitors of pipeline {pipeline} has started.");
    }
}
