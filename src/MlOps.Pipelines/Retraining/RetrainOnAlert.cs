using MlOps.Core.Monitoring;
using MlOps.Core.Runs;
using MlOps.Pipelines.Monitoring;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Retraining;

/// <summary>Turns alerts into wishes to train again, where the pipeline's <c>triggers</c> say so.</summary>
internal sealed class RetrainOnAlert(PipelineCatalog pipelines, RetrainingDesk desk) : IAlertSubscriber
{
    public async Task OnOpenedAsync(AlertOpened alert, CancellationToken cancellationToken)
    {
        if (TriggerOf(alert.Monitor) is not { } trigger || pipelines.TryRead(alert.Pipeline)?.Spec.Triggers.For(trigger) is null) return;
        await desk.RequestAsync(
            new()
            {
                Id = alert.AlertId,
                Pipeline = alert.Pipeline,
                Trigger = trigger,
                By = "monitors",
                Reason = $"Alert {alert.AlertId}: {alert.Detail}",
                At = alert.OpenedAt,
            },
            cancellationToken);
    }

    /// <summary>What a new model might mend; <see langword="null"/>: nothing, as with a slow service.</summary>
    private static RunTrigger? TriggerOf(MonitorKind monitor) => monitor switch
    {
        MonitorKind.Drift or MonitorKind.PredictionDrift or MonitorKind.ConceptDrift => RunTrigger.Drift,
        MonitorKind.Performance or MonitorKind.EstimatedPerformance or MonitorKind.Fairness => RunTrigger.Performance,
        MonitorKind.Staleness => RunTrigger.Staleness,
        _ => null,
    };
}
