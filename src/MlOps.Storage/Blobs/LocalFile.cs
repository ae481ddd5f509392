namespace MlOps.Storage.Blobs;

/// <summary>A blob as a local file. Disposing it removes the file when it was a copy.</summary>
public sealed class LocalFile(string path, bool isCopy) : IDisposable
{
    /// <summary>Absolute path; the file is not to be changed.</summary>
    public string Path { get; } = path;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isCopy) File.Delete(Path);
    }
}
