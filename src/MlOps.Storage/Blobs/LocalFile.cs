namespace MlOps.Storage.Blobs;

/// <summary>A blob as a local file, for as long as this is not disposed.</summary>
/// <param name="path">Absolute path.</param>
/// <param name="release">What is to happen when the file is not needed any more; <see langword="null"/>: nothing.</param>
public sealed class LocalFile(string path, Action? release = null) : IDisposable
{
    private Action? _release = release;

    /// <summary>Absolute path; the file is not to be changed.</summary>
    public string Path { get; } = path;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
