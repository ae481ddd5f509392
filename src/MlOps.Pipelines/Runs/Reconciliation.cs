using Microsoft.Extensions.Hosting;
using MlOps.Pipelines.Approvals;

namespace MlOps.Pipelines.Runs;

/// <summary>At every start: finishes what a crash left between a record and its orchestration.</summary>
internal sealed class Reconciliation(RunStarter starter, ApprovalDesk approvals) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await starter.ReconcileAsync(stoppingToken);
        await approvals.ReconcileAsync(stoppingToken);
    }
}
