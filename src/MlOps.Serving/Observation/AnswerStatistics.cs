using System.Collections.Concurrent;
using MlOps.Core.Endpoints;
using MlOps.Core.Specification;
using MlOps.Serving.Endpoints;
using MlOps.Serving.Replicas;

namespace MlOps.Serving.Observation;

/// <summary>Counts what the variants of each endpoint do, for those who release and watch them.</summary>
internal sealed class AnswerStatistics(TimeProvider time) : IAnswerObserver
{
    private readonly ConcurrentDictionary<string, EndpointStatistics> _endpoints = new(StringComparer.Ordinal);

    /// <summary>Begins to count for the variants of a manifest; those that name the same version as before go on counting.</summary>
    public void Follow(ServedEndpoint endpoint)
    {
        var before = _endpoints.GetValueOrDefault(endpoint.Name);
        // The scale of a regression follows its champion's values: with another champion, all begin anew.
        var champion = endpoint.Variants[0].Model;
        var scaleStays = before is not null && before.Task == champion.Facts.Signature.Task
            && (champion.Facts.Signature.Task is not LearningTask.Regression || before.Champion == champion.Identity);
        var scale = scaleStays ? before!.Scale : ScoreScale.Of(champion.Facts.Signature, champion.Facts.Golden.Expected);
        var variants = endpoint.Variants.Select(v =>
            scaleStays && before!.Variants.TryGetValue(v.Variant.Name, out var known) && ModelIdentity.Of(known.Variant) == v.Model.Identity
                ? known
                : new VariantStatistics(v.Variant, v.Model.Facts.Signature, scale, time));
        _endpoints[endpoint.Name] = new(
            endpoint.Manifest, champion.Identity, champion.Facts.Signature.Task, scale, before?.Since ?? time.GetUtcNow(), variants.ToDictionary(v => v.Variant.Name, StringComparer.Ordinal));
    }

    public void Forget(string endpoint) => _endpoints.TryRemove(endpoint, out _);

    public void Observe(AnsweredRequest request)
    {
        // What a version answers that has just left the manifest belongs to nobody any more.
        if (_endpoints.TryGetValue(request.Endpoint, out var endpoint) && endpoint.Variants.TryGetValue(request.Variant, out var variant)
            && variant.Variant.Model == request.Model && variant.Variant.Version == request.Version)
            variant.Add(request);
    }

    /// <summary>What an endpoint's variants did of late, or <see langword="null"/> when it is not served.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="window">How far back.</param>
    /// <param name="others">What other processes that serve have counted.</param>
    public EndpointMetrics? Of(string endpoint, TimeSpan window, IReadOnlyList<ReplicaReport> others)
    {
        if (!_endpoints.TryGetValue(endpoint, out var known)) return null;
        var told = others.Where(r => r.Variants.Any(v => v.Endpoint == endpoint)).ToList();
        var now = time.GetUtcNow();
        var from = now - window;
        return new()
        {
            Endpoint = endpoint,
            Revision = known.Manifest.Revision,
            From = from > known.Since ? from : known.Since,
            To = now,
            Replicas = 1 + told.Count,
            OtherDevices = told.Count is 0 ? null : [.. told.Select(r => r.Device)],
            Variants = [.. known.Manifest.Variants.Select(v => known.Variants[v.Name].Of(v, window, ToldOf(endpoint, v, told)))],
        };
    }

    /// <summary>What the variants of all endpoints did within the last hour, for other processes; those that were asked nothing are left out.</summary>
    public IReadOnlyList<VariantReport> Report() =>
        [.. _endpoints.SelectMany(e => e.Value.Variants.Values.Select(v => v.Report(e.Key))).Where(r => r.Minutes.Count > 0)];

    private static IEnumerable<VariantReport> ToldOf(string endpoint, EndpointVariant variant, IReadOnlyList<ReplicaReport> others) =>
        others.SelectMany(r => r.Variants).Where(v => v.Endpoint == endpoint && v.Variant == variant.Name && v.Model == variant.Model && v.Version == variant.Version);

    private sealed record EndpointStatistics(
        EndpointManifest Manifest, ModelIdentity Champion, LearningTask Task, ScoreScale Scale, DateTimeOffset Since,
        IReadOnlyDictionary<string, VariantStatistics> Variants);
}
