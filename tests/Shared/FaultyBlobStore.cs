using MlOps.Storage.Blobs;

namespace MlOps.Testing;

/// <summary>
/// A blob store whose writes fail when a test says so: before anything was written, or after it was, when only the answer is lost.
/// Reads fail too, where asked.
/// </summary>
internal sealed class FaultyBlobStore(IBlobStore inner) : IBlobStore
{
    /// <summary>Asked before each operation: how it goes.</summary>
    public Func<BlobFault> Next { get; set; } = () => BlobFault.None;

    /// <summary>Asked before each write in place of <see cref="Next"/>; <see langword="null"/>: <see cref="Next"/> is.</summary>
    public Func<BlobFault>? NextWrite { get; set; }

    /// <summary>Awaited before each read, with the blob's name: a store that is slow.</summary>
    public Func<string, Task> BeforeRead { get; set; } = _ => Task.CompletedTask;

    public Task<BlobInfo?> TryGetInfoAsync(string name, CancellationToken cancellationToken) => ReadAsync(name, () => inner.TryGetInfoAsync(name, cancellationToken));

    public Task<Stream> OpenReadAsync(string name, CancellationToken cancellationToken) => ReadAsync(name, () => inner.OpenReadAsync(name, cancellationToken));

    public Task<BlobContent?> TryReadAsync(string name, CancellationToken cancellationToken) => ReadAsync(name, () => inner.TryReadAsync(name, cancellationToken));

    public Task<string?> TryWriteAsync(string name, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken) =>
        WriteAsync(() => inner.TryWriteAsync(name, content, condition, cancellationToken));

    public Task<string> UploadAsync(string localPath, string name, CancellationToken cancellationToken) => WriteAsync(() => inner.UploadAsync(localPath, name, cancellationToken));

    public Task<string?> TryCreateAsync(string localPath, string name, CancellationToken cancellationToken) => WriteAsync(() => inner.TryCreateAsync(localPath, name, cancellationToken));

    public Task<LocalFile> AsLocalFileAsync(string name, CancellationToken cancellationToken) => ReadAsync(name, () => inner.AsLocalFileAsync(name, cancellationToken));

    public IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public Task MoveAsync(string from, string to, CancellationToken cancellationToken) => inner.MoveAsync(from, to, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    private async Task<T> ReadAsync<T>(string name, Func<Task<T>> read)
    {
        await BeforeRead(name);
        return Next() is BlobFault.None ? await read() : throw Away();
    }

    private async Task<T> WriteAsync<T>(Func<Task<T>> write)
    {
        var fault = (NextWrite ?? Next)();
        if (fault is BlobFault.Before) throw Away();
        var written = await write();
        return fault is BlobFault.After ? throw Away() : written;
    }

    private static IOException Away() => new("The storage is away.");
}

/// <summary>How an operation of a <see cref="FaultyBlobStore"/> goes.</summary>
internal enum BlobFault
{
    /// <summary>As it should.</summary>
    None,

    /// <summary>It fails, and nothing has happened.</summary>
    Before,

    /// <summary>It fails, and has happened: the answer was lost.</summary>
    After,
}
