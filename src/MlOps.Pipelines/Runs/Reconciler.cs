using Microsoft.Extensions.Logging;
using MlOps.Pipelines.Approvals;
using MlOps.Pipelines.Monitoring;
using MlOps.Pipelines.Notifications;
using MlOps.Pipelines.Retraining;
using MlOps.Pipelines.Scoring;

namespace MlOps.Pipelines.Runs;

/// <summary>Finishes what a crash, or a call that reached nobody, left between a record and its orchestration. Safe at any time, and to run again.</summary>
public sealed partial class Reconciler
{
    private readonly Func<CancellationToken, Task>[] _parts;
    private readonly ILogger<Reconciler> _logger;

    internal Reconciler(
        RunStarter starter, ApprovalDesk approvals, Notifier notifier, RetrainingDesk retraining, AlertAnnouncer alerts, ScoringDesk scoring, PipelineCatalog pipelines, ILogger<Reconciler> logger)
    {
        _logger = logger;
        _parts =
        [
            starter.NotePipelinesAsync,
            starter.ReconcileAsync,
            approvals.ReconcileAsync,
            notifier.ReconcileAsync,
            cancelled => retraining.ReconcileAsync(pipelines.Names(), cancelled),
            alerts.AnnounceAsync,
            scoring.ReconcileAsync,
        ];
    }

    /// <summary>Goes through everything that may have been left; one part's trouble keeps no other from being put right.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var part in _parts) await TryAsync(part, cancellationToken);
    }

    private async Task TryAsync(Func<CancellationToken, Task> reconcile, CancellationToken cancellationToken)
    {
        try
        {
            await reconcile(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogProblem(error.Message);
        }
    }

    [LoggerMessage(3302, LogLevel.Error, "What a crash interrupted cannot be gone on with: {Problem}")]
    private partial void LogProblem(string problem);
}
