using MlOps.Pipelines.Native;

namespace MlOps.Pipelines.Triggers;

/// <summary>A file in an incoming folder.</summary>
/// <param name="Name">Its blob name.</param>
/// <param name="LastChanged">When its length or time of writing was last seen to change.</param>
/// <param name="IsComplete">Whether nobody has it open for writing.</param>
internal sealed record IncomingFile(string Name, DateTimeOffset LastChanged, bool IsComplete);

/// <summary>The incoming folders on this machine.</summary>
internal sealed class IncomingFolder(string home, TimeProvider time)
{
    private static readonly string[] UnfinishedSuffixes = [".tmp", ".part", ".partial", ".crdownload", "~"];
    private readonly Dictionary<string, Sighting> sightings = new(StringComparer.Ordinal);

    /// <summary>Whether a pipeline's default folder, or any folder outside of those, holds a file: a cheap first look.</summary>
    public bool MayHaveFiles(string pipeline)
    {
        var folder = Path.Combine(home, "incoming", pipeline);
        return !Directory.Exists(folder) || Directory.EnumerateFiles(folder).Any();
    }

    /// <summary>The files directly in a folder, in ordinal order of their names.</summary>
    /// <param name="prefix">Blob prefix ending in a slash.</param>
    public IReadOnlyList<IncomingFile> List(string prefix)
    {
        var folder = new DirectoryInfo(Path.Combine(home, prefix));
        if (!folder.Exists) return [];
        var files = folder.EnumerateFiles().Where(f => !IsUnfinished(f.Name)).Select(f => Look(prefix, f)).OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        Forget(prefix, files);
        return files;
    }

    private static bool IsUnfinished(string name) =>
        name.StartsWith('.') || name.StartsWith('_') || Array.Exists(UnfinishedSuffixes, s => name.EndsWith(s, StringComparison.OrdinalIgnoreCase));

    // A file moved in keeps its old time of writing, so what counts is when it was first seen in its present state.
    private IncomingFile Look(string prefix, FileInfo file)
    {
        var name = prefix + file.Name;
        var state = new Sighting(file.Length, file.LastWriteTimeUtc, time.GetUtcNow());
        if (sightings.TryGetValue(name, out var before) && before with { Since = state.Since } == state) state = before;
        sightings[name] = state;
        return new IncomingFile(name, state.Since, !FileLease.IsOpenForWriting(file.FullName));
    }

    private void Forget(string prefix, List<IncomingFile> files)
    {
        var present = files.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in sightings.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && !present.Contains(n)).ToList())
            sightings.Remove(gone);
    }

    private sealed record Sighting(long Length, DateTime Written, DateTimeOffset Since);
}
