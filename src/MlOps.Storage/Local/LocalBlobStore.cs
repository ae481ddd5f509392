using System.Runtime.CompilerServices;
using System.Security.Cryptography;
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

    /// <summary>An unfinished write that nobody holds open and that is older than this was left by a process that died.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    private readonly string _root;
    private readonly string _staging;
    private readonly IReadOnlyList<string> _reserved;
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
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        _reserved = [OwnPrefix, .. options.ReservedPrefixes];
        _time = time;
        _staging = Path.Combine(_root, ".store", "writing");
        var locks = Path.Combine(_root, ".store", "locks");
        Directory.CreateDirectory(_staging);
        Directory.CreateDirectory(locks);
        _locks = new StripedLocks(locks, time);
        RemoveAbandonedWrites();
    }

    /// <inheritdoc/>
    public Task<BlobInfo?> TryGetInfoAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Describe(name, PathOf(name)));
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
        var (length, eTag) = (RandomAccess.GetLength(handle), ETagOf(File.GetLastWriteTimeUtc(handle), RandomAccess.GetLength(handle)));
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
        var path = PathOf(name);
        // Asked again under the lock; here it spares the disk a write that cannot succeed.
        if (!Meets(condition, Describe(name, path))) return null;
        using var staged = new StagedFile(_staging);
        await RandomAccess.WriteAsync(staged.Handle, content, 0, cancellationToken);
        RandomAccess.FlushToDisk(staged.Handle);
        staged.Close();
        using var hold = await _locks.AcquireAsync(cancellationToken, name);
        var current = Describe(name, path);
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
        var path = PathOf(name);
        return Describe(name, path) is null ? throw new BlobNotFoundException(name) : Task.FromResult(new LocalFile(path));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(prefix);
        RefuseReserved(prefix);
        await Task.CompletedTask;
        var folder = prefix[..(prefix.LastIndexOf('/') + 1)];
        foreach (var info in ListFolder(folder, prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return info;
        }
    }

    /// <inheritdoc/>
    public async Task MoveAsync(string from, string to, CancellationToken cancellationToken)
    {
        var (source, target) = (PathOf(from), PathOf(to));
        using var hold = await _locks.AcquireAsync(cancellationToken, from, to);
        if (Describe(from, source) is null)
        {
            if (Describe(to, target) is null) throw new BlobNotFoundException(from);
            return;
        }
        if (from == to) return;
        Publish(to, source, target, Describe(to, target), hold);
        Posix.FlushDirectory(Path.GetDirectoryName(source)!);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        using var hold = await _locks.AcquireAsync(cancellationToken, name);
        if (Describe(name, path) is null) return;
        File.Delete(path);
        Posix.FlushDirectory(Path.GetDirectoryName(path)!);
    }

    private async Task<string?> TryUploadAsync(string localPath, string name, WriteCondition condition, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        using (var hold = await _locks.AcquireAsync(cancellationToken, name))
        {
            if (!Meets(condition, Describe(name, path))) return null;
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
        var current = Describe(name, path);
        return Meets(condition, current) ? Publish(name, staged.Path, path, current, held) : null;
    }

    private static bool Meets(WriteCondition condition, BlobInfo? current) =>
        condition.MustNotExist ? current is null
        : condition.ETag is null || condition.ETag == current?.ETag;

    private static string ETagOf(DateTime changed, long length) => $"{changed.Ticks:x}-{length:x}";

    /// <summary>Renames a finished file into place. The caller holds the lock of the name.</summary>
    private string Publish(string name, string finished, string path, BlobInfo? current, HeldLocks hold)
    {
        var changed = NextChange(current, hold);
        File.SetLastWriteTimeUtc(finished, changed);
        CreateFolderOf(name, path);
        File.Move(finished, path, overwrite: true);
        Posix.FlushDirectory(Path.GetDirectoryName(path)!);
        return ETagOf(changed, new FileInfo(path).Length);
    }

    /// <summary>Makes a local file the blob by renaming alone, so that it is never in neither place; null when it is on another file system.</summary>
    private string? TryTake(string localPath, string name, string path, HeldLocks hold)
    {
        var changed = NextChange(Describe(name, path), hold);
        using (var handle = File.OpenHandle(localPath, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(handle);
            File.SetLastWriteTimeUtc(handle, changed);
        }
        CreateFolderOf(name, path);
        if (!Posix.TryRename(localPath, path)) return null;
        Posix.FlushDirectory(Path.GetDirectoryName(path)!);
        return ETagOf(changed, new FileInfo(path).Length);
    }

    private DateTime NextChange(BlobInfo? current, HeldLocks hold)
    {
        // What is there may have been dropped by somebody else, with a time of its own.
        var (now, earliest) = (_time.GetUtcNow().UtcDateTime, current?.LastModified.UtcDateTime.AddTicks(1) ?? DateTime.MinValue);
        return hold.NextTime(now > earliest ? now : earliest);
    }

    private void CreateFolderOf(string name, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (PassesLink(folder)) throw new BlobNameException(name, "a symbolic link is on its path.");
        if (Directory.Exists(path)) throw new BlobNameException(name, "other blobs have it as their folder.");
        if (Directory.Exists(folder)) return;
        // From the top down, each made durable in the one above it.
        var missing = new Stack<string>();
        for (var one = folder; !Directory.Exists(one); one = Path.GetDirectoryName(one)!)
        {
            if (File.Exists(one)) throw new BlobNameException(name, $"'{Path.GetRelativePath(_root, one)}' is a blob, not a folder.");
            missing.Push(one);
        }
        while (missing.TryPop(out var one))
        {
            Directory.CreateDirectory(one);
            Posix.FlushDirectory(Path.GetDirectoryName(one)!);
        }
    }

    private SafeFileHandle? TryOpen(string name)
    {
        var path = PathOf(name);
        if (Describe(name, path) is null) return null;
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private BlobInfo? Describe(string name, string path) =>
        PassesLink(Path.GetDirectoryName(path)!) ? null : Describe(name, new FileInfo(path));

    /// <summary>Whether a folder, or one between the root and it, is a symbolic link.</summary>
    private bool PassesLink(string folder)
    {
        for (; folder.Length > _root.Length; folder = Path.GetDirectoryName(folder)!)
            if (new DirectoryInfo(folder) is { LinkTarget: not null }) return true;
        return false;
    }

    private static BlobInfo? Describe(string name, FileInfo file)
    {
        try
        {
            return file is { Exists: true, LinkTarget: null }
                ? new BlobInfo(name, file.Length, ETagOf(file.LastWriteTimeUtc, file.Length), new DateTimeOffset(file.LastWriteTimeUtc))
                : null;
        }
        catch (FileNotFoundException)
        {
            // Deleted between the two looks at it.
            return null;
        }
    }

    private IEnumerable<BlobInfo> ListFolder(string folder, string prefix)
    {
        var directory = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.Combine(_root, folder)));
        if (!directory.Exists || PassesLink(directory.FullName)) yield break;
        List<(string Name, FileSystemInfo Entry)> entries;
        try
        {
            entries = [.. directory.EnumerateFileSystemInfos().Select(e => (e is DirectoryInfo ? $"{folder}{e.Name}/" : $"{folder}{e.Name}", e))];
        }
        catch (DirectoryNotFoundException)
        {
            yield break;
        }
        // A folder sorts with its slash: 'a-b' comes before 'a/b', which comes before 'a0'.
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var (name, entry) in entries)
        {
            if (entry is DirectoryInfo { LinkTarget: null })
            {
                var within = name.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(name, StringComparison.Ordinal);
                if (within && !_reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
                    foreach (var info in ListFolder(name, prefix)) yield return info;
            }
            else if (entry is FileInfo file && name.StartsWith(prefix, StringComparison.Ordinal) && BlobName.FindFault(name) is null && Describe(name, file) is { } info)
            {
                yield return info;
            }
        }
    }

    private string PathOf(string name)
    {
        BlobName.Check(name);
        RefuseReserved($"{name}/");
        return Path.Combine(_root, name);
    }

    private void RefuseReserved(string name)
    {
        if (_reserved.FirstOrDefault(r => name.StartsWith(r, StringComparison.OrdinalIgnoreCase)) is { } reserved)
            throw new BlobNameException(name.TrimEnd('/'), $"'{reserved}' is kept for others.");
    }

    private void RemoveAbandonedWrites()
    {
        foreach (var file in new DirectoryInfo(_staging).EnumerateFiles())
        {
            if (_time.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc < Abandoned) continue;
            try
            {
                // The lock of a writer that lives keeps its file.
                using (file.Open(FileMode.Open, FileAccess.ReadWrite, FileShare.None)) file.Delete();
            }
            catch (IOException)
            {
                // Somebody writes it, or somebody else removed it: neither is ours to mend.
            }
        }
    }

    /// <summary>A file that becomes a blob when it is renamed, and nothing when it is not.</summary>
    private sealed class StagedFile : IDisposable
    {
        public StagedFile(string folder)
        {
            Path = System.IO.Path.Combine(folder, RandomNumberGenerator.GetHexString(32, lowercase: true));
            Handle = File.OpenHandle(Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
        }

        public string Path { get; }

        public SafeFileHandle Handle { get; }

        /// <summary>Gives up the exclusive hold on the file: under its final name it must be open to readers at once.</summary>
        public void Close() => Handle.Dispose();

        public void Dispose()
        {
            Close();
            // Renamed away when the write came through; then there is nothing to delete.
            File.Delete(Path);
        }
    }
}
