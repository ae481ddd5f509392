using MlOps.DurableTask.Functions;
using MlOps.Pipelines.Triggers;

namespace MlOps.Functions.Triggers;

/// <summary>A timer for each pipeline with a schedule. The platform keeps the clock, so that nothing has to run in between.</summary>
internal sealed class ScheduleTimers(ScheduledRuns runs) : ITriggerFunctions
{
    public IEnumerable<TriggerFunction> List() =>
        runs.List().Select(p => new TriggerFunction($"Schedule_{p.Pipeline}", FunctionBindings.TimerTrigger(p.Schedule), (invocation, cancelled) => RunAsync(p.Pipeline, invocation, cancelled)));

    private async Task RunAsync(string pipeline, TriggerInvocation invocation, CancellationToken cancellationToken) =>
        invocation.Log(await runs.StartAsync(pipeline, cancellationToken) is { } run ? $"Run {run} of pipeline {pipeline}." : $"Pipeline {pipeline} has no schedule any more.");
}
