using MlOps.Pipelines.Native;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Triggers;

/// <summary>The incoming folders on this machine.</summary>
internal sealed class IncomingFolder(string home, TimeProvider time) : IIncomingFiles
{
    private readonly Dictionary<string, Sighting> sightings = new(StringComparer.Ordinal);

    public bool MayHaveFiles(string pipeline)
    {
        var folder = Path.Combine(home, "incoming", pipeline);
        return !Directory.Exists(folder) || Directory.EnumerateFiles(folder).Any();
    }

    public Task<IReadOnlyList<IncomingFile>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        // Made where it is missing: people drop into it.
        var folder = Directory.CreateDirectory(Path.Combine(home, prefix));
        var files = folder.EnumerateFiles().Where(f => !IncomingNames.IsUnfinished(f.Name)).Select(f => TryLook(prefix, f)).OfType<IncomingFile>()
            .OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        Forget(prefix, files);
        return Task.FromResult<IReadOnlyList<IncomingFile>>(files);
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
