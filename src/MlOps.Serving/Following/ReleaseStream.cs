using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;

namespace MlOps.Serving.Following;

/// <summary>
/// An endpoint's releases as they happen: one event for each manifest with which it answers otherwise than before. The event's id is the
/// manifest's revision, so whoever lost the connection goes on after the last one that came.
/// </summary>
internal sealed class ReleaseStream(IBlobStore blobs, IOptions<ServingOptions> options, TimeProvider time)
{
    private readonly EndpointManifests _endpoints = new(blobs);

    /// <summary>Type of the events.</summary>
    public const string EventType = "release";

    /// <param name="endpoint">The endpoint; it has a manifest.</param>
    /// <param name="after">Revision after which to begin; <see langword="null"/>: with what is in force now.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public async IAsyncEnumerable<SseItem<EndpointManifest>> FollowAsync(string endpoint, int? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (seen, eTag) = (after, "");
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        do
        {
            if (await _endpoints.TryGetAsync(endpoint, cancellationToken) is not { } current) yield break;
            if (current.ETag == eTag) continue;
            eTag = current.ETag;
            foreach (var release in await ReleasesAfterAsync(endpoint, seen, current.Manifest, cancellationToken))
                yield return new SseItem<EndpointManifest>(release, EventType) { EventId = $"{release.Revision}" };
            seen = current.Manifest.Revision;
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>The manifests after a revision that changed what the endpoint answers with, oldest first.</summary>
    private async Task<IReadOnlyList<EndpointManifest>> ReleasesAfterAsync(string endpoint, int? after, EndpointManifest current, CancellationToken cancellationToken)
    {
        if (after is not { } seen) return [current];
        var releases = new List<EndpointManifest>();
        var before = seen > 0 ? await _endpoints.TryGetRevisionAsync(endpoint, seen, cancellationToken) : null;
        for (var revision = seen + 1; revision <= current.Revision; revision++)
        {
            // One that is missing from the history was never in force.
            if (await _endpoints.TryGetRevisionAsync(endpoint, revision, cancellationToken) is not { } manifest) continue;
            if (before is null || !manifest.Variants.SequenceEqual(before.Variants)) releases.Add(manifest);
            before = manifest;
        }

        return releases;
    }
}
