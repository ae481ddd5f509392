using MlOps.Core.Endpoints;
using MlOps.Core.Releases;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;
using MlOps.Storage.Releases;

namespace MlOps.Pipelines.Releases;

/// <summary>Takes people's orders about releases and endpoints.</summary>
public sealed class ReleaseDesk
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);
    private readonly ReleaseStore _releases;
    private readonly EndpointStore _endpoints;
    private readonly ModelRegistry _registry;
    private readonly RunSpecs _specs;
    private readonly AuditLog _audit;
    private readonly DurableTaskClient _client;
    private readonly TimeProvider _time;

    internal ReleaseDesk(
        ReleaseStore releases, EndpointStore endpoints, ModelRegistry registry, RunSpecs specs, AuditLog audit, DurableTaskClient client, TimeProvider time) =>
        (_releases, _endpoints, _registry, _specs, _audit, _client, _time) = (releases, endpoints, registry, specs, audit, client, time);

    /// <summary>Takes a release under way back. The order is on disk when this returns; the release ends within moments.</summary>
    /// <exception cref="ReleaseOrderException">There is no such release, or it has ended.</exception>
    public async Task<ReleaseRecord> AbortAsync(string id, ReleaseOrder order, CancellationToken cancellationToken)
    {
        var release = await OpenAsync(id, cancellationToken);
        await _audit.AppendAsync(new(order.By, "release.abort", $"releases/{id}", order.Reason), cancellationToken);
        await _client.RaiseEventAsync(release.InstanceId, ReleaseEvents.Abort, order, cancellationToken);
        return release;
    }

    /// <summary>Has a release wait no longer: it goes on with the next step, or begins before its window.</summary>
    /// <exception cref="ReleaseOrderException">There is no such release, it has ended or does not wait, or the person may not.</exception>
    public async Task<ReleaseRecord> PromoteAsync(string id, ReleaseOrder order, CancellationToken cancellationToken)
    {
        var release = await OpenAsync(id, cancellationToken);
        if (release.Status is not ReleaseStatus.Progressing)
            throw new ReleaseOrderException($"Release '{id}' is {release.Status.ToString().ToLowerInvariant()}: there is no step to go on from. Wait until traffic moves.");
        // Without a time the step is the share that was approved: beyond it goes who could have approved more.
        var approval = (await _specs.ReadAsync(id, cancellationToken)).Approval;
        var approvers = approval?.Resolve(approval.Approvers) ?? [];
        if (release.StepEndsAt is null && release.Step > 0 && approvers.Count > 0 && !approvers.Contains(order.By, StringComparer.OrdinalIgnoreCase))
            throw new ReleaseOrderException($"Release '{id}' waits at the share of traffic that was approved; '{order.By}' is not among those who may approve more: {string.Join(", ", approvers)}.");
        await _audit.AppendAsync(new(order.By, "release.promote", $"releases/{id}", order.Reason), cancellationToken);
        await _client.RaiseEventAsync(release.InstanceId, ReleaseEvents.Promote, order, cancellationToken);
        return release;
    }

    /// <summary>
    /// Lets an endpoint answer with what it answered with before, or with a revision of one's choice. A release under way is taken back first.
    /// Returns when the endpoint's manifest says so.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="to">Revision whose variants come back; <see langword="null"/>: those of before the release under way, or else the last others that were there to stay.</param>
    /// <param name="order">Who, and why.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="ReleaseOrderException">There is nothing to go back to, or the release under way does not end.</exception>
    public async Task<EndpointManifest> RollBackAsync(string endpoint, int? to, ReleaseOrder order, CancellationToken cancellationToken)
    {
        var current = await _endpoints.TryGetAsync(endpoint, cancellationToken) is { Manifest: var manifest }
            ? manifest
            : throw new ReleaseOrderException($"There is no endpoint '{endpoint}'; 'mlops endpoints' lists those there are.");
        var target = await TargetAsync(current, to, cancellationToken);
        if (current.Hold is { Release: var release })
        {
            if (await _releases.TryGetAsync(release, cancellationToken) is { } record && !record.Status.IsFinal()) await AbortAsync(release, order, cancellationToken);
            current = await FreedAsync(endpoint, release, cancellationToken);
            if (to is null) return current;
        }

        // Durable: the registry follows the manifest even if this process ends in between.
        var id = await _client.ScheduleNewOrchestrationInstanceAsync(
            nameof(Rollback), new RollbackRequest(endpoint, current.Revision, target.Revision, order.By, order.Reason), cancellationToken: cancellationToken);
        var ended = await _client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, cancellationToken);
        return ended.FailureDetails is { } failure ? throw new ReleaseOrderException(StepRetry.RootMessage(failure)) : ended.ReadOutputAs<EndpointManifest>()!;
    }

    private async Task<ReleaseRecord> OpenAsync(string id, CancellationToken cancellationToken)
    {
        var release = await _releases.TryGetAsync(id, cancellationToken) ?? throw new ReleaseOrderException($"There is no release '{id}'; 'mlops releases' lists those there are.");
        return release.Status.IsFinal()
            ? throw new ReleaseOrderException($"Release '{id}' has ended: {release.Status.ToString().ToLowerInvariant()}. To go back to an earlier version: mlops endpoints rollback {release.Endpoint} --reason '…'.")
            : release;
    }

    private async Task<EndpointManifest> TargetAsync(EndpointManifest current, int? to, CancellationToken cancellationToken)
    {
        if (to is { } revision)
        {
            var chosen = await _endpoints.TryGetRevisionAsync(current.Endpoint, revision, cancellationToken)
                ?? throw new ReleaseOrderException($"Endpoint '{current.Endpoint}' has no revision {revision}; 'mlops endpoints history {current.Endpoint}' lists those there are.");
            if (chosen.Hold is not null || chosen.Variants.Count is 0)
                throw new ReleaseOrderException($"Revision {revision} of endpoint '{current.Endpoint}' {(chosen.Hold is null ? "answers nothing" : "was a step of a release")}; choose one that was there to stay.");
            return await CheckedAsync(chosen, cancellationToken);
        }

        await foreach (var before in _endpoints.HistoryAsync(current.Endpoint, cancellationToken))
        {
            if (before.Hold is null && before.Variants.Count > 0 && !before.Variants.SequenceEqual(current.Variants)) return await CheckedAsync(before, cancellationToken);
        }

        // A first release can be taken back without a version before: the endpoint then stands empty.
        return current.Hold is not null ? current : throw new ReleaseOrderException($"Endpoint '{current.Endpoint}' never answered with anything else: there is nothing to go back to.");
    }

    private async Task<EndpointManifest> CheckedAsync(EndpointManifest target, CancellationToken cancellationToken)
    {
        foreach (var variant in target.Variants)
        {
            if (await _registry.TryGetAsync(variant.Model, variant.Version, cancellationToken) is { Stage: Core.Models.ModelStage.Retired or Core.Models.ModelStage.Rejected } gone)
                throw new ReleaseOrderException($"Revision {target.Revision} names {variant.Model} version {variant.Version}, which is {gone.Stage.ToString().ToLowerInvariant()}. Choose another revision.");
        }

        return target;
    }

    private async Task<EndpointManifest> FreedAsync(string endpoint, string release, CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        while (true)
        {
            if (await _endpoints.TryGetAsync(endpoint, cancellationToken) is { Manifest: var manifest } && manifest.Hold?.Release != release) return manifest;
            if (_time.GetElapsedTime(since) > s_patience)
                throw new ReleaseOrderException($"Release '{release}' was told to end and has not let go of endpoint '{endpoint}' within {s_patience}. It will; 'mlops releases show {release}' tells what it does.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, cancellationToken);
        }
    }
}

/// <summary>An order about a release or an endpoint cannot be carried out.</summary>
public sealed class ReleaseOrderException(string message) : Exception(message);
