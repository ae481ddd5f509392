using MlOps.Core.Endpoints;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Endpoints;

/// <summary>The manifests of endpoints. Each write is atomic, conditional on the one before, kept in the history, and audited.</summary>
public sealed class EndpointStore(IBlobStore blobs, AuditLog audit, TimeProvider time)
{
    private readonly EndpointManifests _manifests = new(blobs);

    /// <summary>An endpoint's manifest with its ETag, or <see langword="null"/>.</summary>
    public Task<(EndpointManifest Manifest, string ETag)?> TryGetAsync(string endpoint, CancellationToken cancellationToken) =>
        _manifests.TryGetAsync(endpoint, cancellationToken);

    /// <summary>The endpoints that have a manifest, with its current ETag, in order of their names.</summary>
    public Task<IReadOnlyList<(string Endpoint, string ETag)>> ListAsync(CancellationToken cancellationToken) => _manifests.ListAsync(cancellationToken);

    /// <summary>Points an endpoint at other variants. Doing it again for the same variants and reason changes nothing.</summary>
    /// <returns>The manifest in force afterwards, and the one before (<see langword="null"/>: there was none).</returns>
    public async Task<(EndpointManifest Current, EndpointManifest? Previous)> SwitchAsync(
        string endpoint, IReadOnlyList<EndpointVariant> variants, string by, string reason, CancellationToken cancellationToken)
    {
        while (true)
        {
            var current = await TryGetAsync(endpoint, cancellationToken);
            if (current is { Manifest: var m } && m.Reason == reason && m.Variants.SequenceEqual(variants))
            {
                var previous = await TryGetRevisionAsync(endpoint, m.Revision - 1, cancellationToken);
                await AuditAsync(m, previous, cancellationToken);
                return (m, previous);
            }

            var next = new EndpointManifest
            {
                Endpoint = endpoint,
                Revision = (current?.Manifest.Revision ?? 0) + 1,
                Variants = variants,
                UpdatedAt = time.GetUtcNow(),
                UpdatedBy = by,
                Reason = reason,
            };
            if (!await TryWriteAsync(current?.Manifest, next, current?.ETag, cancellationToken)) continue;

            await AuditAsync(next, current?.Manifest, cancellationToken);
            return (next, current?.Manifest);
        }
    }

    /// <summary>The manifest of a revision that is or was in force, or <see langword="null"/>.</summary>
    public async Task<EndpointManifest?> TryGetRevisionAsync(string endpoint, int revision, CancellationToken cancellationToken) =>
        await TryGetAsync(endpoint, cancellationToken) is { Manifest: var current } && current.Revision == revision
            ? current
            : await blobs.TryReadJsonAsync<EndpointManifest>(RevisionOf(endpoint, revision), cancellationToken);

    /// <summary>Tells a switch. Told again, as after a crash between switch and entry, it is written once.</summary>
    private Task<AuditEntry> AuditAsync(EndpointManifest manifest, EndpointManifest? previous, CancellationToken cancellationToken) => audit.AppendAsync(
        new(manifest.UpdatedBy, "endpoint.switched", $"endpoints/{manifest.Endpoint}", manifest.Reason, Describe(previous), Describe(manifest))
        {
            Key = $"endpoints/{manifest.Endpoint}#{manifest.Revision}",
        },
        cancellationToken);

    private async Task<bool> TryWriteAsync(EndpointManifest? current, EndpointManifest next, string? eTag, CancellationToken cancellationToken)
    {
        // What is in force goes into the history before it is replaced: whoever writes there writes the same, also when the
        // replacement comes too late and another one wins.
        if (current is not null) await blobs.WriteJsonAsync(RevisionOf(current.Endpoint, current.Revision), current, cancellationToken);
        var condition = eTag is null ? WriteCondition.IfAbsent : WriteCondition.IfMatch(eTag);
        return await blobs.TryWriteJsonAsync(EndpointManifests.BlobOf(next.Endpoint), next, condition, cancellationToken) is not null;
    }

    private static string? Describe(EndpointManifest? manifest) =>
        manifest is null ? null : string.Join(", ", manifest.Variants.Select(v => $"{v.Name}={v.Model}/{v.Version}@{v.Weight}%"));

    private static string RevisionOf(string endpoint, int revision) => $"endpoints/{endpoint}/history/{revision:D8}.json";
}
