using MlOps.DurableTask.Functions;
using MlOps.Pipelines.Monitoring;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Scoring;
using MlOps.Pipelines.Triggers;

namespace MlOps.Functions.Triggers;

/// <summary>
/// Every five minutes: goes on with what a crash left between a record and its orchestration, and with arrivals nobody was told of; sorts and deletes what
/// nobody else does.
/// </summary>
internal sealed class Sweep(Reconciler reconciler, Arrivals arrivals, ScoringArrivals scoring, PredictionKeeper predictions) : ITriggerFunctions
{
    public IEnumerable<TriggerFunction> List() => [new("Sweep", FunctionBindings.TimerTrigger("0 */5 * * * *"), RunAsync)];

    private async Task RunAsync(TriggerInvocation invocation, CancellationToken cancellationToken)
    {
        await reconciler.RunAsync(cancellationToken);
        foreach (var pipeline in await arrivals.SweepAsync(cancellationToken)) invocation.Log($"Files lie in the incoming folder of pipeline {pipeline}.");
        foreach (var endpoint in await scoring.SweepAsync(cancellationToken)) invocation.Log($"Files to be scored lie in the folder of endpoint {endpoint}.");
        await predictions.TidyAsync(cancellationToken);
    }
}
