using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlOps.Pipelines.Approvals;
using MlOps.Pipelines.Notifications;
using MlOps.Pipelines.Retraining;

namespace MlOps.Pipelines.Runs;

/// <summary>At every start: finishes what a crash left between a record and its orchestration.</summary>
internal sealed partial class Reconciliation(RunStarter starter, ApprovalDesk approvals, Notifier notifier, RetrainingDesk retraining, PipelineCatalog pipelines, ILogger<Reconciliation> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await TryAsync(starter.NotePipelinesAsync, stoppingToken);
        await TryAsync(starter.ReconcileAsync, stoppingToken);
        await TryAsync(approvals.ReconcileAsync, stoppingToken);
        await TryAsync(notifier.ReconcileAsync, stoppingToken);
        await TryAsync(cancelled => retraining.ReconcileAsync(pipelines.Names(), cancelled), stoppingToken);
    }

    /// <summary>What cannot be put right now must not keep the host from its other work; the next start tries again.</summary>
    private async Task TryAsync(Func<CancellationToken, Task> reconcile, CancellationToken stoppingToken)
    {
        try
        {
            await reconcile(stoppingToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogProblem(error.Message);
        }
    }

    [LoggerMessage(3302, LogLevel.Error, "What a crash interrupted cannot be gone on with: {Problem}")]
    private partial void LogProblem(string problem);
}
