using MlOps.Core.Endpoints;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Endpoints;

/// <summary>
/// The manifests of endpoints. Each write is one conditional write of one blob, kept in the history, and audited: whatever fails
/// in the midst, a reader sees the manifest before or the one after. Who holds the endpoint is written in the manifest itself, so
/// that the write that would break a hold fails as a whole.
/// </summary>
public sealed class EndpointStore(IBlobStore blobs, AuditLog audit, TimeProvider time)
{
    private readonly EndpointManifests _manifests = new(blobs);

    /// <summary>An endpoint's manifest with its ETag, or <see langword="null"/>.</summary>
    public Task<(EndpointManifest Manifest, string ETag)?> TryGetAsync(string endpoint, CancellationToken cancellationToken) =>
        _manifests.TryGetAsync(endpoint, cancellationToken);

    /// <summary>The endpoints that have a manifest, with its current ETag, in order of their names.</summary>
    public Task<IReadOnlyList<(string Endpoint, string ETag)>> ListAsync(CancellationToken cancellationToken) => _manifests.ListAsync(cancellationToken);

    /// <summary>The manifests of an endpoint, the one in force first.</summary>
    public async IAsyncEnumerable<EndpointManifest> HistoryAsync(string endpoint, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await TryGetAsync(endpoint, cancellationToken) is not { Manifest: var current }) yield break;
        yield return current;
        for (var revision = current.Revision - 1; revision > 0; revision--)
        {
            if (await blobs.TryReadJsonAsync<EndpointManifest>(EndpointManifests.RevisionOf(endpoint, revision), cancellationToken) is { } before) yield return before;
        }
    }

    /// <summary>The manifest of a revision that is or was in force, or <see langword="null"/>.</summary>
    public Task<EndpointManifest?> TryGetRevisionAsync(string endpoint, int revision, CancellationToken cancellationToken) =>
        _manifests.TryGetRevisionAsync(endpoint, revision, cancellationToken);

    /// <summary>Gives an endpoint to a release, unless another one holds it. What it answers with stays as it is. Doing it again changes nothing.</summary>
    /// <returns>The manifest in force afterwards; its <see cref="EndpointManifest.Hold"/> says who holds it.</returns>
    public async Task<EndpointManifest> HoldAsync(string endpoint, string release, string by, CancellationToken cancellationToken)
    {
        while (true)
        {
            var current = await TryGetAsync(endpoint, cancellationToken);
            if (current is { Manifest: { Hold: { } hold } held })
            {
                if (hold.Release == release && await TryGetRevisionAsync(endpoint, hold.Before + 1, cancellationToken) is { } made)
                    await AuditAsync(made, await TryGetRevisionAsync(endpoint, hold.Before, cancellationToken), "endpoint.held", cancellationToken);
                return held;
            }

            var next = Next(endpoint, current?.Manifest, new(current?.Manifest.Variants ?? [], by, $"Release {release} begins.")
            {
                StickyBy = current?.Manifest.StickyBy,
                Release = release,
            }) with
            {
                Hold = new(release, time.GetUtcNow(), current?.Manifest.Revision ?? 0),
            };
            if (await TryWriteAsync(current, next, "endpoint.held", cancellationToken)) return next;
        }
    }

    /// <summary>Lets an endpoint answer with other variants. Doing it again changes nothing.</summary>
    /// <returns>The manifest that the change made, now or when it was made first.</returns>
    /// <exception cref="EndpointHeldException">Another release holds the endpoint, or this one does not.</exception>
    public async Task<EndpointManifest> ChangeAsync(string endpoint, EndpointChange change, CancellationToken cancellationToken)
    {
        while (true)
        {
            var current = await TryGetAsync(endpoint, cancellationToken);
            if (await TryFindDoneAsync(endpoint, current?.Manifest, change, cancellationToken) is { } done)
            {
                await AuditAsync(done, await TryGetRevisionAsync(endpoint, done.Revision - 1, cancellationToken), "endpoint.switched", cancellationToken);
                return done;
            }

            if (current?.Manifest.Hold?.Release != change.Release || (change.After is { } after && after != current?.Manifest.Revision))
                throw new EndpointHeldException(endpoint, current?.Manifest.Hold?.Release);

            var next = Next(endpoint, current?.Manifest, change) with { Hold = change.Final ? null : current?.Manifest.Hold };
            if (await TryWriteAsync(current, next, "endpoint.switched", cancellationToken)) return next;
        }
    }

    /// <summary>Tells the audit log again that a release let go of the endpoint, in case that is what failed. Nothing happens when it never held it, or still does.</summary>
    public async Task TellEndAsync(string endpoint, string release, CancellationToken cancellationToken)
    {
        await foreach (var manifest in HistoryAsync(endpoint, cancellationToken))
        {
            if (manifest.Release != release) continue;
            if (manifest.Hold is null)
                await AuditAsync(manifest, await TryGetRevisionAsync(endpoint, manifest.Revision - 1, cancellationToken), "endpoint.switched", cancellationToken);
            return;
        }
    }

    /// <summary>Points an endpoint that no release holds at other variants. Doing it again for the same variants and reason changes nothing.</summary>
    /// <returns>The manifest in force afterwards, and the one before (<see langword="null"/>: there was none).</returns>
    public async Task<(EndpointManifest Current, EndpointManifest? Previous)> SwitchAsync(
        string endpoint, IReadOnlyList<EndpointVariant> variants, string by, string reason, CancellationToken cancellationToken)
    {
        var current = await ChangeAsync(endpoint, new(variants, by, reason), cancellationToken);
        return (current, await TryGetRevisionAsync(endpoint, current.Revision - 1, cancellationToken));
    }

    /// <summary>The manifest that an earlier attempt of the same change has made.</summary>
    private async Task<EndpointManifest?> TryFindDoneAsync(string endpoint, EndpointManifest? current, EndpointChange change, CancellationToken cancellationToken)
    {
        if (current is null) return null;
        if (change.After is { } after)
            return await TryGetRevisionAsync(endpoint, after + 1, cancellationToken) is { } made && IsMadeBy(change, made) ? made : null;
        if (IsMadeBy(change, current)) return current;
        if (change.Release is null || !change.Final || current.Hold?.Release == change.Release) return null;
        // A release lets go once. Since then the endpoint may have become another one's.
        await foreach (var before in HistoryAsync(endpoint, cancellationToken))
        {
            if (before.Release == change.Release) return IsMadeBy(change, before) ? before : null;
        }

        return null;
    }

    private static bool IsMadeBy(EndpointChange change, EndpointManifest manifest) =>
        manifest.Release == change.Release && manifest.Reason == change.Reason && manifest.StickyBy == change.StickyBy
        && manifest.Hold?.Release == (change.Final ? null : change.Release) && manifest.Variants.SequenceEqual(change.Variants);

    private EndpointManifest Next(string endpoint, EndpointManifest? current, EndpointChange change) => new()
    {
        Endpoint = endpoint,
        Revision = (current?.Revision ?? 0) + 1,
        Variants = change.Variants,
        StickyBy = change.StickyBy,
        Release = change.Release,
        UpdatedAt = time.GetUtcNow(),
        UpdatedBy = change.By,
        Reason = change.Reason,
    };

    private async Task<bool> TryWriteAsync((EndpointManifest Manifest, string ETag)? current, EndpointManifest next, string action, CancellationToken cancellationToken)
    {
        // What is in force goes into the history before it is replaced: whoever writes there writes the same, also when the
        // replacement comes too late and another one wins.
        if (current is { Manifest: var before }) await blobs.WriteJsonAsync(EndpointManifests.RevisionOf(before.Endpoint, before.Revision), before, cancellationToken);
        var condition = current is { ETag: var eTag } ? WriteCondition.IfMatch(eTag) : WriteCondition.IfAbsent;
        if (await blobs.TryWriteJsonAsync(EndpointManifests.BlobOf(next.Endpoint), next, condition, cancellationToken) is null) return false;
        await AuditAsync(next, current?.Manifest, action, cancellationToken);
        return true;
    }

    /// <summary>Tells a change. Told again, as after a crash between change and entry, it is written once.</summary>
    private Task<AuditEntry> AuditAsync(EndpointManifest manifest, EndpointManifest? previous, string action, CancellationToken cancellationToken) => audit.AppendAsync(
        new(manifest.UpdatedBy, action, $"endpoints/{manifest.Endpoint}", manifest.Reason, Describe(previous), Describe(manifest))
        {
            Key = $"endpoints/{manifest.Endpoint}#{manifest.Revision}",
        },
        cancellationToken);

    private static string? Describe(EndpointManifest? manifest) =>
        manifest is null ? null : string.Join(", ", manifest.Variants.Select(v => $"{v.Name}={v.Model}/{v.Version}@{v.Weight}%{(v.Mirror > 0 ? $" (mirrors {v.Mirror}%)" : "")}"));
}
