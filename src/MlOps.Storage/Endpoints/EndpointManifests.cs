using MlOps.Core.Endpoints;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Endpoints;

/// <summary>The manifests of endpoints for those who only read: serving needs no tables and no audit log.</summary>
public sealed class EndpointManifests(IBlobStore blobs)
{
    private const string Prefix = "endpoints/";
    private const string FileName = "/manifest.json";

    /// <summary>Name of an endpoint's manifest.</summary>
    public static string BlobOf(string endpoint) => $"{Prefix}{endpoint}{FileName}";

    /// <summary>An endpoint's manifest with its ETag, or <see langword="null"/>.</summary>
    public async Task<(EndpointManifest Manifest, string ETag)?> TryGetAsync(string endpoint, CancellationToken cancellationToken) =>
        await blobs.TryReadVersionedJsonAsync<EndpointManifest>(BlobOf(endpoint), cancellationToken) is { } found
            ? (found.Value, found.ETag)
            : null;

    /// <summary>The manifest of a revision that is or was in force, or <see langword="null"/>.</summary>
    public async Task<EndpointManifest?> TryGetRevisionAsync(string endpoint, int revision, CancellationToken cancellationToken) =>
        await TryGetAsync(endpoint, cancellationToken) is { Manifest: var current } && current.Revision == revision
            ? current
            : await blobs.TryReadJsonAsync<EndpointManifest>(RevisionOf(endpoint, revision), cancellationToken);

    /// <summary>The endpoints that have a manifest, with its current ETag, in order of their names.</summary>
    public async Task<IReadOnlyList<(string Endpoint, string ETag)>> ListAsync(CancellationToken cancellationToken)
    {
        var found = new List<(string, string)>();
        await foreach (var blob in blobs.ListAsync(Prefix, cancellationToken))
        {
            if (blob.Name.EndsWith(FileName, StringComparison.Ordinal) && blob.Name.Count(c => c is '/') == 2)
                found.Add((blob.Name[Prefix.Length..^FileName.Length], blob.ETag));
        }

        return found;
    }

    internal static string RevisionOf(string endpoint, int revision) => $"{Prefix}{endpoint}/history/{revision:D8}.json";
}
