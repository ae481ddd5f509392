using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local.Native;

namespace MlOps.Storage.Local;

/// <summary>Blobs as plain files of a folder: a blob's name is its path. Several processes of one machine may share the folder.</summary>
/// <remarks>
/// <para>A write goes to a file beside the blobs, is forced to the disk, and is renamed into place; the folder is forced to the
/// disk too. Readers and a power loss meet the old content or the new.</para>
/// <para>An ETag is the file's time of change with its length. The store sets that time itself, under a lock and always later than
/// any that the name had, so that every write has an ETag of its own: within one tick of the file system's clock, after a deletion,
/// and with a clock that was set back. A hash of the
/// content would cost a read of the whole blob and be equal again when old content returns; an inode number is used again.</para>
/// <para>Symbolic links are no blobs: dropped data could lead out of the folder with them.</para>
/// </remarks>
public sealed class LocalBlobStore : IBlobStore
{
    /// <summary>Top-level folder of the store's own: unfinished writes and lock files.</summary>
    private const string OwnPrefix = ".store/";

    private readonly BlobFolder _folder;
    private readonly string _staging;
    private readonly StripedLocks _locks;
    private readonly TimeProvider _time;

    /// <summary>Opens a folder, which is created where it does not exist, as a blob store.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="options">How it serves.</param>
    /// <param name="time">The clock of <see cref="BlobInfo.LastModified"/>.</param>
    /// <exception cref="ArgumentException">A reserved prefix does not end in a slash.</exception>
    public LocalBlobStore(string root, LocalBlobStoreOptions options, TimeProvider time)
    {
        if (options.ReservedPrefixes.FirstOrDefault(p => !p.EndsWith('/')) is { } odd)
            throw new ArgumentException($"The reserved prefix '{odd}' does not end in a slash; write '{odd}/'.", nameof(options));
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        _folder = new BlobFolder(path, [OwnPrefix, .. options.ReservedPrefixes]);
        _time = time;
        _staging = Path.Combine(path, ".store", "writing");
        var locks = Path.Combine(path, ".store", "locks");
        Directory.CreateDirectory(_staging);
        Directory.CreateDirectory(locks);
        _locks = new StripedLocks(locks, time);
        StagedFile.RemoveAbandoned(_staging, time.GetUtcNow());
    }

    /// <inheritdoc/>
    public Task<BlobInfo?> TryGetInfoAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_folder.Describe(name, _folder.PathOf(name)));
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<Stream>(new FileStream(TryOpen(name) ?? throw new BlobNotFoundException(name), FileAccess.Read));
    }

    /// <inheritdoc/>
    public async Task<BlobContent?> TryReadAsync(string name, CancellationToken cancellationToken)
    {
        using var handle = TryOpen(name);
        if (handle is null) return null;
        // Of the open file, not of the name: a write in between has replaced the name, not this file.
        var (length, eTag) = (RandomAccess.GetLength(handle), BlobFolder.ETagOf(File.GetLastWriteTimeUtc(handle), RandomAccess.GetLength(handle)));
        var content = new byte[length];
        var read = 0;
        while (read < length)
        {
            var part = await RandomAccess.ReadAsync(handle, content.AsMemory(read), read, cancellationToken);
            if (part is 0) break;
            read += part;
        }
        return new BlobContent(content.AsMemory(0, read), eTag);
    }

    /// <inheritdoc/>
    public async Task<string?> TryWriteAsync(string name, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken)
    {
        var path = _folder.PathOf(name);
        // Asked again under the lock; here it spares the disk a write that cannot succeed.
        if (!Meets(condition, _folder.Describe(name, path))) return null;
        using var staged = new StagedFile(_staging);
        await RandomAccess.WriteAsync(staged.Handle, content, 0, cancellationToken);
        RandomAccess.FlushToDisk(staged.Handle);
        staged.Close();
        using var hold = await _locks.AcquireAsync(cancellationToken, name);
        var current = _folder.Describe(name, path);
        return Meets(condition, current) ? Publish(name, staged.Path, path, current, hold) : null;
    }

    /// <inheritdoc/>
    public async Task<string> UploadAsync(string localPath, string name, CancellationToken cancellationToken) =>
        await TryUploadAsync(localPath, name, WriteCondition.None, cancellationToken) ?? throw new InvalidOperationException($"The unconditional write of '{name}' was refused.");

    /// <inheritdoc/>
    public Task<string?> TryCreateAsync(string localPath, string name, CancellationToken cancellationToken) => TryUploadAsync(localPath, name, WriteCondition.IfAbsent, cancellationToken);

    /// <inheritdoc/>
    public Task<LocalFile> AsLocalFileAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = _folder.PathOf(name);
        return _folder.Describe(name, path) is null ? throw new BlobNotFoundException(name) : Task.FromResult(new LocalFile(path));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var info in _folder.List(prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return info;
        }
    }

    /// <inheritdoc/>
    public async Task MoveAsync(string from, string to, CancellationToken cancellationToken)
    {
        var (source, target) = (_folder.PathOf(from), _folder.PathOf(to));
        using var hold = await _locks.AcquireAsync(cancellationToken, from, to);
        if (_folder.Describe(from, source) is null)
        {
            if (_folder.Describe(to, target) is null) throw new BlobNotFoundException(from);
            return;
        }
        if (from == to) return;
        Publish(to, source, target, _folder.Describe(to, target), hold);
        Posix.FlushDirectory(Path.GetDirectoryName(source)!);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var path = _folder.PathOf(name);
        using var hold = await _locks.AcquireAsync(cancellationToken, name);
        if (_folder.Describe(name, path) is null) return;
        File.Delete(path);
        Posix.FlushDirectory(Path.GetDirectoryName(path)!);
    }

    private async Task<string?> TryUploadAsync(string localPath, string name, WriteCondition condition, CancellationToken cancellationToken)
    {
        var path = _folder.PathOf(name);
        using (var hold = await _locks.AcquireAsync(cancellationToken, name))
        {
            if (!Meets(condition, _folder.Describe(name, path))) return null;
            // A link would bring whatever it points at; only a real file is taken as it is.
            if (new FileInfo(localPath) is { LinkTarget: null } && TryTake(localPath, name, path, hold) is { } eTag) return eTag;
        }
        using var staged = new StagedFile(_staging);
        await using (var source = File.OpenRead(localPath))
        await using (var target = new FileStream(staged.Handle, FileAccess.Write))
        {
            await source.CopyToAsync(target, cancellationToken);
            target.Flush(flushToDisk: true);
        }
        staged.Close();
        using var held = await _locks.AcquireAsync(cancellationToken, name);
        var current = _folder.Describe(name, path);
        return Meets(condition, current) ? Publish(name, staged.Path, path, current, held) : null;
    }

    private static bool Meets(WriteCondition condition, BlobInfo? current) =>
        condition.MustNotExist ? current is null
        : condition.ETag is null || condition.ETag == current?.ETag;

    /// <summary>Renames a finished file into place. The caller holds the lock of the name.</summary>
    private string Publish(string name, string finished, string path, BlobInfo? current, HeldLocks hold)
    {
        var changed = NextChange(current, hold);
        File.SetLastWriteTimeUtc(finished, changed);
        _folder.CreateFolderOf(name, path);
        File.Move(finished, path, overwrite: true);
        Posix.FlushDirectory(Path.GetDirectoryName(path)!);
        return BlobFolder.ETagOf(changed, new FileInfo(path).Length);
    }

    /// <summary>Makes a local file the blob by renaming alone, so that it is never in neither place; null when it is on another file system.</summary>
    private string? TryTake(string localPath, string name, string path, HeldLocks hold)
    {
        var changed = NextChange(_folder.Describe(name, path), hold);
        using (var handle = File.OpenHandle(localPath, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(handle);
            File.SetLastWriteTimeUtc(handle, changed);
        }
        _folder.CreateFolderOf(name, path);
        if (!Posix.TryRename(localPath, path)) return null;
        Posix.FlushDirectory(Path.GetDirectoryName(path)!);
        return BlobFolder.ETagOf(changed, new FileInfo(path).Length);
    }

    private DateTime NextChange(BlobInfo? current, HeldLocks hold)
    {
        // What is there may have been dropped by somebody else, with a time of its own.
        var (now, earliest) = (_time.GetUtcNow().UtcDateTime, current?.LastModified.UtcDateTime.AddTicks(1) ?? DateTime.MinValue);
        return hold.NextTime(now > earliest ? now : earliest);
    }

    private SafeFileHandle? TryOpen(string name)
    {
        var path = _folder.PathOf(name);
        if (_folder.Describe(name, path) is null) return null;
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
