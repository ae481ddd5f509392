using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Triggers;

/// <summary>What lies in incoming folders, by blob names: files, and folders, whose names end in a slash.</summary>
public static class IncomingEntries
{
    /// <summary>Whether a file, or any file of a folder, is there.</summary>
    public static async Task<bool> HasEntryAsync(this IBlobStore blobs, string entry, CancellationToken cancellationToken)
    {
        if (!IncomingNames.IsFolder(entry)) return await blobs.TryGetInfoAsync(entry, cancellationToken) is not null;
        await foreach (var _ in blobs.ListAsync(entry, cancellationToken)) return true;
        return false;
    }
}
