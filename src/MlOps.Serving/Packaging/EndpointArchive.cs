using System.IO.Compression;
using System.Text.Json;
using MlOps.Core.Endpoints;
using MlOps.Core.Json;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Serving.Packaging;

/// <summary>An endpoint as a zip that unpacks to a folder of models: its manifest, and what serving needs of each of its versions.</summary>
internal static class EndpointArchive
{
    /// <summary>Writes the zip.</summary>
    /// <param name="target">Where; left open.</param>
    /// <param name="manifest">The endpoint's manifest.</param>
    /// <param name="blobs">Storage.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="BlobNotFoundException">A file of a version is missing.</exception>
    public static async Task WriteAsync(Stream target, EndpointManifest manifest, IBlobStore blobs, CancellationToken cancellationToken)
    {
        await using var archive = await ZipArchive.CreateAsync(target, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellationToken);
        foreach (var path in manifest.Variants.Select(v => ModelPackage.PathOf(v.Model, v.Version)).Distinct(StringComparer.Ordinal))
        {
            foreach (var file in ModelPackage.Served)
            {
                if (file is ModelPackage.Inputs && await blobs.TryGetInfoAsync(path + file, cancellationToken) is null) continue;
                await using var source = await blobs.OpenReadAsync(path + file, cancellationToken);
                await using var entry = await archive.CreateEntry(path + file).OpenAsync(cancellationToken);
                await source.CopyToAsync(entry, cancellationToken);
            }
        }

        // Last, as in storage: a folder with a manifest has its models.
        await using var manifestEntry = await archive.CreateEntry(EndpointManifests.BlobOf(manifest.Endpoint)).OpenAsync(cancellationToken);
        await JsonSerializer.SerializeAsync(manifestEntry, manifest, MlOpsJson.Indented, cancellationToken);
    }
}
