using MlOps.Pipelines.Native;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Triggers;

/// <summary>A file in an incoming folder.</summary>
/// <param name="Name">Its blob name.</param>
/// <param name="LastChanged">When its length or time of writing was last seen to change.</param>
/// <param name="State">Whether it can be taken.</param>
internal sealed record IncomingFile(string Name, DateTimeOffset LastChanged, FileState State);

/// <summary>The incoming folders on this machine.</summary>
internal sealed class IncomingFolder(string home, TimeProvider time)
{
    private readonly Dictionary<string, Sighting> sightings = new(StringComparer.Ordinal);

    /// <summary>Whether a pipeline's default folder, or any folder outside of those, holds a file: a cheap first look.</summary>
    public bool MayHaveFiles(string pipeline)
    {
        var folder = Path.Combine(home, "incoming", pipeline);
        return !Directory.Exists(folder) || Directory.EnumerateFiles(folder).Any();
    }

    /// <summary>The files directly in a folder, in ordinal order of their names. The folder is made where it is missing: people drop into it.</summary>
    /// <param name="prefix">Blob prefix ending in a slash.</param>
    public IReadOnlyList<IncomingFile> List(string prefix)
    {
        var folder = Directory.CreateDirectory(Path.Combine(home, prefix));
        var files = folder.EnumerateFiles().Where(f => !IncomingNames.IsUnfinished(f.Name)).Select(f => TryLook(prefix, f)).OfType<IncomingFile>()
            .OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        Forget(prefix, files);
        return files;
    }

    // A file moved in keeps its old time of writing, so what counts is when it was first seen in its present state.
    private IncomingFile? TryLook(string prefix, FileInfo file)
    {
        try
        {
            var name = prefix + file.Name;
            if (!CanBeNamed(name)) return new IncomingFile(name, time.GetUtcNow(), FileState.Unusable);
            var state = new Sighting(file.Length, file.LastWriteTimeUtc, time.GetUtcNow());
            if (sightings.TryGetValue(name, out var before) && before with { Since = state.Since } == state) state = before;
            sightings[name] = state;
            return new IncomingFile(name, state.Since, FileLease.Look(file.FullName));
        }
        catch (FileNotFoundException)
        {
            // Taken away between the listing and the look.
            return null;
        }
    }

    // A name that is no UTF-8 was read with replacement characters, under which there is no file.
    private static bool CanBeNamed(string name) => !name.Contains('\uFFFD', StringComparison.Ordinal) && BlobName.FindFault(name) is null;

    private void Forget(string prefix, List<IncomingFile> files)
    {
        var present = files.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in sightings.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && !present.Contains(n)).ToList())
            sightings.Remove(gone);
    }

    private sealed record Sighting(long Length, DateTime Written, DateTimeOffset Since);
}
