using MlOps.DurableTask.Functions;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Scoring;
using MlOps.Pipelines.Triggers;

namespace MlOps.Functions.Triggers;

/// <summary>Every five minutes: goes on with what a crash left between a record and its orchestration, and with arrivals nobody was told of.</summary>
internal sealed class Sweep(Reconciler reconciler, Arrivals arrivals, ScoringArrivals scoring) : ITriggerFunctions
{
    public IEnumerable<TriggerFunction> List() => [new("Sweep", FunctionBindings.TimerTrigger("0 */5 * * * *"), RunAsync)];

    private async Task RunAsync(TriggerInvocation invocation, CancellationToken cancellationToken)
    {
        await reconciler.RunAsync(cancellationToken);
        foreach (var pipeline in await arrivals.SweepAsync(cancellationToken)) invocation.Log($"Files lie in the incoming folder of pipeline {pipeline}.");
        foreach (var endpoint in await scoring.SweepAsync(cancellationToken)) invocation.Log($"Files to be scored lie in the folder of endpoint {endpoint}.");
    }
}
