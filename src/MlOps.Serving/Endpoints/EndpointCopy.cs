using MlOps.Core.Endpoints;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;

namespace MlOps.Serving.Endpoints;

/// <summary>Copies what serving needs from one store to another: to the cache, or to a folder that goes elsewhere.</summary>
internal static class EndpointCopy
{
    /// <summary>Copies a variant's package; the list of its hashes comes last, so that it stands for the whole.</summary>
    /// <exception cref="PackageException">A file of the package is missing, or not what was registered.</exception>
    public static async Task CopyPackageAsync(IBlobStore from, IBlobStore to, EndpointVariant variant, CancellationToken cancellationToken)
    {
        var path = ModelPackage.PathOf(variant.Model, variant.Version);
        var package = await VerifiedPackage.OpenAsync(from, variant, cancellationToken);
        foreach (var file in package.Files) await CopyAsync(path + file, await package.AsLocalFileAsync(file, cancellationToken));
        await CopyAsync(path + ModelPackage.Sums, await from.AsLocalFileAsync(path + ModelPackage.Sums, cancellationToken));

        async Task CopyAsync(string name, LocalFile file)
        {
            using var source = file;
            // What is uploaded may be moved away: a copy is.
            var copy = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            File.Copy(source.Path, copy);
            try
            {
                await to.UploadAsync(copy, name, cancellationToken);
            }
            finally
            {
                File.Delete(copy);
            }
        }
    }
}
