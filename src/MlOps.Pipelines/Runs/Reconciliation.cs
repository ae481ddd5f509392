using Microsoft.Extensions.Hosting;

namespace MlOps.Pipelines.Runs;

/// <summary>At every start of a host that has the work to itself: finishes what a crash left.</summary>
internal sealed class Reconciliation(Reconciler reconciler) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => reconciler.RunAsync(stoppingToken);
}
