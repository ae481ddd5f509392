using MlOps.Pipelines.Native;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Triggers;

/// <summary>The incoming folders in blob storage, where a file is there completely or not at all.</summary>
internal sealed class IncomingBlobs(IBlobStore blobs) : IIncomingFiles
{
    // A look costs as much as the listing itself.
    public bool MayHaveFiles(string pipeline) => true;

    public async Task<IReadOnlyList<IncomingFile>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        var files = new List<IncomingFile>();
        await foreach (var blob in blobs.ListAsync(prefix, cancellationToken))
        {
            var name = blob.Name[prefix.Length..];
            if (!name.Contains('/', StringComparison.Ordinal) && !IncomingNames.IsUnfinished(name))
                files.Add(new(blob.Name, blob.LastModified, FileState.Complete));
        }

        return files;
    }
}
