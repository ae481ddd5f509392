using System.Globalization;
using MlOps.Core.Monitoring;
using MlOps.Core.Retraining;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Pipelines.Monitoring;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Retraining;

namespace MlOps.Pipelines.Retraining;

/// <summary>Turns alerts into wishes to train again, where the pipeline's <c>triggers</c> say so.</summary>
internal sealed class RetrainOnAlert(PipelineCatalog pipelines, RetrainingStore requests, RetrainingDesk desk) : IAlertSubscriber
{
    public async Task OnOpenedAsync(AlertOpened alert, CancellationToken cancellationToken)
    {
        if (TriggerOf(alert.Monitor) is not { } trigger || RuleOf(alert.Pipeline, trigger) is null) return;
        await AskAsync(alert.AlertId, alert.Pipeline, trigger, $"Alert {alert.AlertId}: {alert.Detail}", alert.OpenedAt, cancellationToken);
    }

    /// <summary>What stays wrong asks again: when it opened within a cooldown, or the run that it started mended nothing.</summary>
    public async Task OnStillOpenAsync(AlertRecord alert, CancellationToken cancellationToken)
    {
        if (TriggerOf(alert.Monitor) is not { } trigger || RuleOf(alert.Pipeline, trigger) is not { Cooldown: var cooldown }) return;
        var asked = (await requests.ListAsync(alert.Pipeline, cancellationToken)).Where(r => r.Trigger == trigger && r.Status is not RetrainingStatus.Cooling).MaxBy(r => r.At);
        if (asked is not null && alert.LastWindow - asked.At < cooldown) return;
        await AskAsync(
            string.Create(CultureInfo.InvariantCulture, $"{alert.Id}.{alert.LastWindow.UtcDateTime:yyyyMMdd'T'HHmmss}"), alert.Pipeline, trigger,
            $"Alert {alert.Id} is still open: {alert.Detail}", alert.LastWindow, cancellationToken);
    }

    private Task<RetrainingRequest> AskAsync(string id, string pipeline, RunTrigger trigger, string reason, DateTimeOffset at, CancellationToken cancellationToken) =>
        desk.RequestAsync(new() { Id = id, Pipeline = pipeline, Trigger = trigger, By = "monitors", Reason = reason, At = at }, cancellationToken);

    private AlertTrigger? RuleOf(string pipeline, RunTrigger trigger) => pipelines.TryRead(pipeline)?.Spec.Triggers.For(trigger);

    /// <summary>What a new model might mend; <see langword="null"/>: nothing, as with a slow service.</summary>
    private static RunTrigger? TriggerOf(MonitorKind monitor) => monitor switch
    {
        MonitorKind.Drift or MonitorKind.PredictionDrift or MonitorKind.ConceptDrift => RunTrigger.Drift,
        MonitorKind.Performance or MonitorKind.EstimatedPerformance or MonitorKind.Fairness => RunTrigger.Performance,
        MonitorKind.Staleness => RunTrigger.Staleness,
        _ => null,
    };
}
