using MlOps.Core.Endpoints;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;

namespace MlOps.Serving.Endpoints;

/// <summary>Copies what serving needs from one store to another: to the cache, or to a folder that goes elsewhere.</summary>
internal static class EndpointCopy
{
    /// <summary>Copies a variant's package; its graph comes last, so that it stands for the whole.</summary>
    /// <exception cref="BlobNotFoundException">A file of the package is missing.</exception>
    public static async Task CopyPackageAsync(IBlobStore from, IBlobStore to, EndpointVariant variant, CancellationToken cancellationToken)
    {
        var path = ModelPackage.PathOf(variant.Model, variant.Version);
        foreach (var file in ModelPackage.Served)
        {
            if (file is ModelPackage.Inputs && await from.TryGetInfoAsync(path + file, cancellationToken) is null) continue;
            using var source = await from.AsLocalFileAsync(path + file, cancellationToken);
            // What is uploaded may be moved away: a copy is.
            var copy = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            File.Copy(source.Path, copy);
            try
            {
                await to.UploadAsync(copy, path + file, cancellationToken);
            }
            finally
            {
                File.Delete(copy);
            }
        }
    }
}
