namespace MlOps.Storage.Blobs;

/// <summary>
/// Named, immutable-by-convention byte sequences. A name is a relative path with forward slashes, 1 to 1,024 characters, no
/// segment empty, <c>.</c> or <c>..</c>, no backslash or control character; anything else is a <see cref="BlobNameException"/>.
/// Every write is atomic: a reader sees the old content or the new, never a part.
/// </summary>
public interface IBlobStore
{
    /// <summary>What is known of a blob, or <see langword="null"/> when there is none.</summary>
    Task<BlobInfo?> TryGetInfoAsync(string name, CancellationToken cancellationToken);

    /// <summary>Opens a blob for reading; the caller disposes it.</summary>
    /// <exception cref="BlobNotFoundException">There is no such blob.</exception>
    Task<Stream> OpenReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Reads a blob with its ETag, or <see langword="null"/> when there is none. For small documents.</summary>
    Task<BlobContent?> TryReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Writes a blob under a condition.</summary>
    /// <returns>The new ETag, or <see langword="null"/> when the condition was not met.</returns>
    Task<string?> TryWriteAsync(string name, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken);

    /// <summary>Makes a local file a blob, replacing what was there; afterwards the local file may be gone.</summary>
    /// <returns>The new ETag.</returns>
    Task<string> UploadAsync(string localPath, string name, CancellationToken cancellationToken);

    /// <summary>Makes a local file a blob unless there is one of that name: of racing writers the first wins. Afterwards the local file may be gone.</summary>
    /// <returns>The new ETag, or <see langword="null"/> when there is a blob already, which stays as it is.</returns>
    Task<string?> TryCreateAsync(string localPath, string name, CancellationToken cancellationToken);

    /// <summary>A blob as a file for programs that need a path. Read only; dispose it when done.</summary>
    /// <exception cref="BlobNotFoundException">There is no such blob.</exception>
    Task<LocalFile> AsLocalFileAsync(string name, CancellationToken cancellationToken);

    /// <summary>The blobs whose names start with a prefix, in ordinal order of their names.</summary>
    IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Moves a blob; replaces the target. Moving what was moved before is no error.</summary>
    /// <exception cref="BlobNotFoundException">Neither the source nor the target exists.</exception>
    Task MoveAsync(string from, string to, CancellationToken cancellationToken);

    /// <summary>Deletes a blob; deleting what is not there is no error.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}

/// <summary>What is known of a blob.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Length">Bytes.</param>
/// <param name="ETag">Changes with every write.</param>
/// <param name="LastModified">Time of the last write, UTC.</param>
public sealed record BlobInfo(string Name, long Length, string ETag, DateTimeOffset LastModified);

/// <summary>The bytes of a blob, and the ETag they had.</summary>
/// <param name="Content">The bytes.</param>
/// <param name="ETag">To write back only if nobody else has.</param>
public sealed record BlobContent(ReadOnlyMemory<byte> Content, string ETag);
