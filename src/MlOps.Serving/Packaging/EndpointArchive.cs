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
    /// <exception cref="PackageException">A file of a version is missing, or not what was registered.</exception>
    public static async Task WriteAsync(Stream target, EndpointManifest manifest, IBlobStore blobs, CancellationToken cancellationToken)
    {
        await using var archive = await ZipArchive.CreateAsync(target, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellationToken);
        foreach (var variant in manifest.Variants.DistinctBy(v => (v.Model, v.Version)))
        {
            var path = ModelPackage.PathOf(variant.Model, variant.Version);
            var package = await VerifiedPackage.OpenAsync(blobs, variant, cancellationToken);
            foreach (var file in package.Files) await AddAsync(path + file, await package.AsLocalFileAsync(file, cancellationToken));
            await AddAsync(path + ModelPackage.Sums, await blobs.AsLocalFileAsync(path + ModelPackage.Sums, cancellationToken));
        }

        // Last, as in storage: a folder with a manifest has its models.
        await using var manifestEntry = await archive.CreateEntry(EndpointManifests.BlobOf(manifest.Endpoint)).OpenAsync(cancellationToken);
        await JsonSerializer.SerializeAsync(manifestEntry, manifest, MlOpsJson.Indented, cancellationToken);

        async Task AddAsync(string name, LocalFile file)
        {
            using var source = file;
            await using var entry = await archive.CreateEntry(name).OpenAsync(cancellationToken);
            await using var content = File.OpenRead(source.Path);
            await content.CopyToAsync(entry, cancellationToken);
        }
    }
}
