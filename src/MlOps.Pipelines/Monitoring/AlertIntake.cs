using System.Security.Cryptography;
using System.Text;
using MlOps.Core.Monitoring;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>What somebody else's monitor says: Azure Monitor, or whoever speaks its language.</summary>
/// <param name="Id">Its own id of the alert; told again, it has the same.</param>
/// <param name="Source">Who says it: the name of the rule.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Fired">Whether it has begun; otherwise it is over.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Detail">What is wrong, in one line.</param>
public sealed record ExternalAlert(string Id, string Source, AlertSeverity Severity, bool Fired, DateTimeOffset At, string Detail);

/// <summary>Takes alerts of others in, and tells whoever acts on alerts. They are written down, not judged: whoever sends them has done that.</summary>
public sealed class AlertIntake
{
    private readonly PipelineCatalog _pipelines;
    private readonly AlertEventStore _events;
    private readonly AlertAnnouncer _announcer;
    private readonly AuditLog _audit;

    internal AlertIntake(PipelineCatalog pipelines, AlertEventStore events, AlertAnnouncer announcer, AuditLog audit) =>
        (_pipelines, _events, _announcer, _audit) = (pipelines, events, announcer, audit);

    /// <summary>Takes an alert in; the same alert again changes nothing.</summary>
    /// <param name="pipeline">The pipeline that it is about.</param>
    /// <param name="monitor">What it counts as.</param>
    /// <param name="alert">The alert.</param>
    /// <param name="cancellationToken">Stops the attempt; what was written down is told later.</param>
    /// <returns>Whether it was new; <see langword="null"/> when there is no such pipeline.</returns>
    public async Task<bool?> TakeAsync(string pipeline, MonitorKind monitor, ExternalAlert alert, CancellationToken cancellationToken)
    {
        if (_pipelines.TryRead(pipeline)?.Spec is not { } spec) return null;
        var subject = $"pipelines/{pipeline}/alerts/{alert.Id}";
        if (!alert.Fired)
        {
            await _audit.AppendAsync(new(alert.Source, "alert.resolved", subject, alert.Detail) { Key = $"{subject}#resolved@{alert.At.UtcDateTime:O}" }, cancellationToken);
            return true;
        }

        var endpoint = spec.Release.Endpoint;
        var id = $"{endpoint}.{MonitorNames.NameOf(monitor)}.{KeyOf(alert)}";
        var isNew = await _events.AddAsync(new(id, endpoint, pipeline, monitor, alert.Severity, alert.At, alert.Detail), cancellationToken);
        await _audit.AppendAsync(new(alert.Source, "alert.received", subject, alert.Detail, null, alert.Severity.ToString()) { Key = $"{subject}#received@{alert.At.UtcDateTime:O}" }, cancellationToken);
        await _announcer.AnnounceAsync(cancellationToken);
        return isNew;
    }

    // Others' ids are as long and as strange as they like; the same alert may fire anew later.
    private static string KeyOf(ExternalAlert alert) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{alert.Id}\n{alert.At.UtcDateTime:O}")).AsSpan(0, 12));
}
