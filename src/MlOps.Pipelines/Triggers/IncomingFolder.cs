using MlOps.Pipelines.Native;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Triggers;

/// <summary>The incoming folders on this machine.</summary>
internal sealed class IncomingFolder(string home, TimeProvider time) : IIncomingFiles
{
    private readonly Dictionary<string, Sighting> _sightings = new(StringComparer.Ordinal);

    public bool MayHaveFiles(string pipeline)
    {
        var folder = Path.Combine(home, "incoming", pipeline);
        return !Directory.Exists(folder) || Directory.EnumerateFileSystemEntries(folder).Any();
    }

    public Task<IReadOnlyList<IncomingFile>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        lock (_sightings) return Task.FromResult<IReadOnlyList<IncomingFile>>(List(prefix));
    }

    private List<IncomingFile> List(string prefix)
    {
        // Made where it is missing: people drop into it.
        var folder = Directory.CreateDirectory(Path.Combine(home, prefix));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var files = folder.EnumerateFileSystemInfos().Where(e => !IncomingNames.IsUnfinished(e.Name)).Select(e => TryLookAt(prefix, e, seen)).OfType<IncomingFile>()
            .OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        Forget(prefix, seen);
        return files;
    }

    private IncomingFile? TryLookAt(string prefix, FileSystemInfo entry, HashSet<string> seen)
    {
        try
        {
            return entry is DirectoryInfo { LinkTarget: null } folder ? LookInto($"{prefix}{folder.Name}/", folder, seen) : Look(prefix + entry.Name, entry, seen);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Taken away between the listing and the look.
            return null;
        }
    }

    private IncomingFile Look(string name, FileSystemInfo entry, HashSet<string> seen)
    {
        seen.Add(name);
        // A link to a folder leads as far away as one to a file.
        if (!CanBeNamed(name) || entry is not FileInfo file) return new(name, time.GetUtcNow(), FileState.Unusable);
        // A file moved in keeps its old time of writing, so what counts is when it was first seen in its present state.
        var state = new Sighting(file.Length, file.LastWriteTimeUtc, time.GetUtcNow());
        if (_sightings.TryGetValue(name, out var before) && before with { Since = state.Since } == state) state = before;
        _sightings[name] = state;
        return new(name, state.Since, FileLease.Look(file.FullName));
    }

    /// <summary>A folder is as its files are; nothing when it has none.</summary>
    private IncomingFile? LookInto(string name, DirectoryInfo folder, HashSet<string> seen)
    {
        var parts = FilesOf(name, folder).Select(f => IncomingNames.IsBeingWritten(f.Entry.Name)
            ? new IncomingFile(f.Name, time.GetUtcNow(), FileState.InUse)
            : IncomingNames.IsHidden(f.Entry.Name) ? null : Look(f.Name, f.Entry, seen)).OfType<IncomingFile>().ToList();
        if (parts.Count is 0) return null;
        var worst = parts.MaxBy(p => p.State)!;
        return new(name, parts.Max(p => p.LastChanged), worst.State, worst.State is FileState.Complete ? null : worst.Name);
    }

    private static IEnumerable<(string Name, FileSystemInfo Entry)> FilesOf(string prefix, DirectoryInfo folder)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry is not DirectoryInfo { LinkTarget: null } inner || IncomingNames.IsBeingWritten(entry.Name)) yield return (prefix + entry.Name, entry);
            else if (!IncomingNames.IsHidden(inner.Name)) foreach (var file in FilesOf($"{prefix}{inner.Name}/", inner)) yield return file;
        }
    }

    // A name that is no UTF-8 was read with replacement characters, under which there is no file.
    private static bool CanBeNamed(string name) => !name.Contains('\uFFFD', StringComparison.Ordinal) && BlobName.FindFault(name) is null;

    private void Forget(string prefix, HashSet<string> present)
    {
        foreach (var gone in _sightings.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && !present.Contains(n)).ToList())
            _sightings.Remove(gone);
    }

    private sealed record Sighting(long Length, DateTime Written, DateTimeOffset Since);
}
