using MlOps.Storage.Blobs;
using MlOps.Storage.Local.Native;

namespace MlOps.Storage.Local;

/// <summary>A folder whose files are blobs: their names as paths, and what is there.</summary>
/// <param name="root">The folder, a full path.</param>
/// <param name="reserved">Prefixes that are no blobs, each with its slash.</param>
internal sealed class BlobFolder(string root, IReadOnlyList<string> reserved)
{
    /// <summary>The ETag of a file: its time of change with its length.</summary>
    public static string ETagOf(DateTime changed, long length) => $"{changed.Ticks:x}-{length:x}";

    /// <summary>Where a blob lies.</summary>
    /// <exception cref="BlobNameException">It is no name, or one that is kept for others.</exception>
    public string PathOf(string name)
    {
        BlobName.Check(name);
        RefuseReserved($"{name}/");
        return Path.Combine(root, name);
    }

    /// <summary>Blobs whose names begin with a prefix, in ordinal order of their names.</summary>
    /// <exception cref="BlobNameException">It can be no prefix, or is kept for others.</exception>
    public IEnumerable<BlobInfo> List(string prefix)
    {
        BlobName.CheckPrefix(prefix);
        RefuseReserved(prefix);
        return List(prefix[..(prefix.LastIndexOf('/') + 1)], prefix);
    }

    /// <summary>What is stored under a name; <see langword="null"/>: nothing.</summary>
    public BlobInfo? Describe(string name, string path) =>
        PassesLink(Path.GetDirectoryName(path)!) ? null : Describe(name, new FileInfo(path));

    /// <summary>Creates the folder that a blob lies in, durably.</summary>
    /// <exception cref="BlobNameException">A blob, a folder or a link is in the way.</exception>
    public void CreateFolderOf(string name, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (PassesLink(folder)) throw new BlobNameException(name, "a symbolic link is on its path.");
        if (Directory.Exists(path)) throw new BlobNameException(name, "other blobs have it as their folder.");
        if (Directory.Exists(folder)) return;
        // From the top down, each made durable in the one above it.
        var missing = new Stack<string>();
        for (var one = folder; !Directory.Exists(one); one = Path.GetDirectoryName(one)!)
        {
            if (File.Exists(one)) throw new BlobNameException(name, $"'{Path.GetRelativePath(root, one)}' is a blob, not a folder.");
            missing.Push(one);
        }
        while (missing.TryPop(out var one))
        {
            Directory.CreateDirectory(one);
            Posix.FlushDirectory(Path.GetDirectoryName(one)!);
        }
    }

    private IEnumerable<BlobInfo> List(string folder, string prefix)
    {
        var directory = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.Combine(root, folder)));
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
                if (within && !reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
                    foreach (var info in List(name, prefix)) yield return info;
            }
            else if (entry is FileInfo file && name.StartsWith(prefix, StringComparison.Ordinal) && BlobName.FindFault(name) is null && Describe(name, file) is { } info)
            {
                yield return info;
            }
        }
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

    /// <summary>Whether a folder, or one between the root and it, is a symbolic link.</summary>
    private bool PassesLink(string folder)
    {
        for (; folder.Length > root.Length; folder = Path.GetDirectoryName(folder)!)
            if (new DirectoryInfo(folder) is { LinkTarget: not null }) return true;
        return false;
    }

    private void RefuseReserved(string name)
    {
        if (reserved.FirstOrDefault(r => name.StartsWith(r, StringComparison.OrdinalIgnoreCase)) is { } kept)
            throw new BlobNameException(name.TrimEnd('/'), $"'{kept}' is kept for others.");
    }
}
