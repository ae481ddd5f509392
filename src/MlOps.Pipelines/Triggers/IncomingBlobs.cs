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
            var path = blob.Name[prefix.Length..].Split('/');
            if (IncomingNames.IsUnfinished(path[0])) continue;
            if (path.Length is 1) files.Add(new(blob.Name, blob.LastModified, FileState.Complete));
            else AddToFolder(files, $"{prefix}{path[0]}/", path[1..], blob);
        }

        return files;
    }

    // Blobs come in the order of their names: those of a folder follow one another.
    private static void AddToFolder(List<IncomingFile> files, string folder, string[] path, BlobInfo blob)
    {
        var state = Array.Exists(path, IncomingNames.IsBeingWritten) ? FileState.InUse : FileState.Complete;
        if (state is FileState.Complete && Array.Exists(path, IncomingNames.IsHidden)) return;
        var before = files is [.., var last] && last.Name == folder ? last : new(folder, blob.LastModified, FileState.Complete);
        if (before == files.LastOrDefault()) files.RemoveAt(files.Count - 1);
        files.Add(before with
        {
            LastChanged = before.LastChanged > blob.LastModified ? before.LastChanged : blob.LastModified,
            State = before.State is FileState.InUse ? FileState.InUse : state,
        });
    }
}
