using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Local;
using MlOps.Storage.Models;

namespace MlOps.Serving.Endpoints;

/// <summary>What is served, once more in a folder of this machine, laid out as in storage: a start without storage finds it there.</summary>
internal sealed class ServingCache
{
    public ServingCache(IOptions<ServingOptions> options, TimeProvider time)
    {
        if (options.Value.CacheFolder is not { Length: > 0 } folder) return;
        Blobs = new LocalBlobStore(folder, new LocalBlobStoreOptions(), time);
    }

    /// <summary>The folder; <see langword="null"/>: nothing is kept.</summary>
    public IBlobStore? Blobs { get; }

    /// <summary>A variant's package as it is kept here; <see langword="null"/>: it is not here with the bytes that its manifest names.</summary>
    public async Task<VerifiedPackage?> TryOpenAsync(EndpointVariant variant, CancellationToken cancellationToken)
    {
        if (Blobs is null) return null;
        try
        {
            var package = await VerifiedPackage.OpenAsync(Blobs, variant, cancellationToken);
            await package.CheckAsync(cancellationToken);
            return package;
        }
        catch (PackageException)
        {
            return null;
        }
    }

    /// <summary>Keeps a manifest and the packages that it names, and no others of its models.</summary>
    public async Task KeepAsync(EndpointManifest manifest, IBlobStore storage, CancellationToken cancellationToken)
    {
        if (Blobs is null) return;
        foreach (var variant in manifest.Variants)
        {
            if (await TryOpenAsync(variant, cancellationToken) is null) await EndpointCopy.CopyPackageAsync(storage, Blobs, variant, cancellationToken);
        }

        await Blobs.WriteJsonAsync(EndpointManifests.BlobOf(manifest.Endpoint), manifest, cancellationToken);
        await RemoveUnusedAsync(cancellationToken);
    }

    /// <summary>Forgets an endpoint.</summary>
    public async Task ForgetAsync(string endpoint, CancellationToken cancellationToken)
    {
        if (Blobs is null) return;
        await Blobs.DeleteAsync(EndpointManifests.BlobOf(endpoint), cancellationToken);
        await RemoveUnusedAsync(cancellationToken);
    }

    private async Task RemoveUnusedAsync(CancellationToken cancellationToken)
    {
        var manifests = new EndpointManifests(Blobs!);
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (endpoint, _) in await manifests.ListAsync(cancellationToken))
        {
            if (await manifests.TryGetAsync(endpoint, cancellationToken) is not { Manifest: var manifest }) continue;
            used.UnionWith(manifest.Variants.Select(v => ModelPackage.PathOf(v.Model, v.Version)));
        }

        var names = new List<string>();
        await foreach (var blob in Blobs!.ListAsync("models/", cancellationToken)) names.Add(blob.Name);
        foreach (var name in names.Where(n => !used.Contains(n[..(n.LastIndexOf('/') + 1)]))) await Blobs.DeleteAsync(name, cancellationToken);
    }
}
