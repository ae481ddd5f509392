using MlOps.Core.Datasets;
using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Triggers;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Datasets;

/// <summary>
/// The files that a run was started with, and where each of them goes: out of the incoming folder into the run's own, and from there
/// into quarantine if it cannot be used. An entry that ends in a slash is a folder, which goes with all that is in it.
/// </summary>
internal sealed class DropFiles(IBlobStore blobs)
{
    private const int FilesBetweenReports = 500;

    /// <summary>Takes the run's files out of the incoming folder, and lays them into the work folder. Safe to run again.</summary>
    /// <returns>The files that are not in quarantine, named as they were dropped, folders included.</returns>
    public async Task<List<SourceFile>> TakeAsync(RunRequest run, WorkFolder work, StepProgress progress, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        foreach (var entry in run.Files)
        {
            await progress.ReportAsync($"taking {IncomingNames.NameOf(entry)}", cancellationToken);
            if (IncomingNames.IsFolder(entry)) names.AddRange(await TakeFolderAsync(run, entry, progress, cancellationToken));
            else if (await TakeFileAsync(run, entry, cancellationToken)) names.Add(IncomingNames.NameOf(entry));
        }

        var sources = new List<SourceFile>();
        foreach (var name in names)
            sources.Add(new(await work.LayAsync(SourceOf(run.RunId, name), $"source-{sources.Count}{Path.GetExtension(name)}", cancellationToken), name));
        return sources;
    }

    /// <summary>Those of a run's entries that it has taken out of the incoming folder, or is taking now; and whether it is done with that.</summary>
    public async Task<(IReadOnlyCollection<string> Entries, bool Ended)> ClaimedAsync(RunRecord run, CancellationToken cancellationToken)
    {
        // Of an ingest that has ended, nothing is left to take, whatever is kept of its files.
        if (await IsThereAsync($"runs/{run.RunId}/{RunSteps.Ingest}/result.json", cancellationToken)) return (run.Files, true);
        var claimed = new List<string>();
        foreach (var entry in run.Files)
        {
            var name = IncomingNames.NameOf(entry);
            var taken = IncomingNames.IsFolder(entry)
                ? await IsThereAsync(TakenMarkOf(run.RunId, name), cancellationToken)
                : await IsThereAsync(SourceOf(run.RunId, name), cancellationToken) || await IsThereAsync(QuarantineOf(run.Pipeline, run.RunId, name), cancellationToken);
            if (taken) claimed.Add(entry);
        }

        return (claimed, false);
    }

    /// <summary>Sets a file apart.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The file, as it was dropped.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>Where it lies now.</returns>
    public async Task<string> QuarantineAsync(RunRequest run, string name, CancellationToken cancellationToken)
    {
        var place = QuarantineOf(run.Pipeline, run.RunId, name);
        await blobs.MoveAsync(SourceOf(run.RunId, name), place, cancellationToken);
        return place;
    }

    private static string SourceOf(string runId, string name) => $"runs/{runId}/source/{name}";

    // A folder of their own: a dropped file may bear any name, also that of the report.
    private static string QuarantineOf(string pipeline, string runId, string name) => $"quarantine/{pipeline}/{runId}/files/{name}";

    private static string TakenMarkOf(string runId, string folder) => $"runs/{runId}/ingest/taken/{folder.TrimEnd('/')}";

    /// <returns>Whether the file is there to be ingested.</returns>
    private async Task<bool> TakeFileAsync(RunRequest run, string entry, CancellationToken cancellationToken)
    {
        var name = IncomingNames.NameOf(entry);
        // What was taken or set apart before a crash is not taken again: by now a new file may bear the name.
        if (await IsThereAsync(QuarantineOf(run.Pipeline, run.RunId, name), cancellationToken)) return false;
        if (!await IsThereAsync(SourceOf(run.RunId, name), cancellationToken)) await blobs.MoveAsync(entry, SourceOf(run.RunId, name), cancellationToken);
        return true;
    }

    private async Task<IEnumerable<string>> TakeFolderAsync(RunRequest run, string entry, StepProgress progress, CancellationToken cancellationToken)
    {
        var folder = IncomingNames.NameOf(entry);
        var mark = TakenMarkOf(run.RunId, folder);
        if (!await IsThereAsync(mark, cancellationToken))
        {
            var moved = 0;
            foreach (var file in await ListAsync(entry, cancellationToken))
            {
                var name = folder + file[entry.Length..];
                // Of a file taken before a crash, one of the same name is a new one: it stays for the next run.
                if (await IsThereAsync(SourceOf(run.RunId, name), cancellationToken)) continue;
                await blobs.MoveAsync(file, SourceOf(run.RunId, name), cancellationToken);
                if (++moved % FilesBetweenReports is 0) await progress.ReportAsync($"taking {folder}: {moved:N0} files", cancellationToken);
            }
            await blobs.TryWriteAsync(mark, ReadOnlyMemory<byte>.Empty, WriteCondition.None, cancellationToken);
        }

        var taken = await ListAsync(SourceOf(run.RunId, folder), cancellationToken);
        // Marks and notes that other programs leave beside data, such as Spark's _SUCCESS, are moved along and not read.
        return taken.Select(file => file[SourceOf(run.RunId, "").Length..]).Where(name => !name.Split('/').Any(IncomingNames.IsHidden));
    }

    private async Task<List<string>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in blobs.ListAsync(prefix, cancellationToken)) names.Add(blob.Name);
        return names;
    }

    private async Task<bool> IsThereAsync(string blob, CancellationToken cancellationToken) => await blobs.TryGetInfoAsync(blob, cancellationToken) is not null;
}
