using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Native;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Pipelines;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Triggers;

/// <summary>What a look into an incoming folder found.</summary>
/// <param name="Waiting">Whether files are there that a later look may take.</param>
/// <param name="Problem">Why files are left lying; <see langword="null"/> when none are.</param>
internal sealed record IncomingState(bool Waiting, string? Problem)
{
    public static IncomingState Nothing { get; } = new(false, null);
}

/// <summary>
/// Looks into the pipelines' incoming folders. Files that arrive together become one run. A file counts once nobody writes to it
/// and it has not changed for the quiet period; what starts with a dot or ends like an unfinished download never counts. Of one
/// pipeline, one look at a time.
/// </summary>
internal sealed partial class IncomingScan(
    PipelineCatalog pipelines,
    IIncomingFiles incoming,
    RunStarter starter,
    RunStore runs,
    AnnouncementStore announcements,
    DropFiles drops,
    IBlobStore blobs,
    IOptions<PipelineOptions> options,
    TimeProvider time,
    ILogger<IncomingScan> logger)
{
    /// <summary>Starts the runs of what has arrived.</summary>
    /// <param name="name">Name of the pipeline.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    public async Task<IncomingState> ScanAsync(string name, CancellationToken cancellationToken)
    {
        // The default folder is looked into first: reading the specification is only worth it when there may be something.
        if (!incoming.MayHaveFiles(name) || pipelines.TryRead(name) is not { } pipeline) return IncomingState.Nothing;
        var found = await incoming.ListAsync(pipeline.Spec.Triggers.Blob, cancellationToken);
        if (found.Count is 0) return IncomingState.Nothing;

        var (taken, givenUp) = await TakenAsync(name, found, cancellationToken);
        var arrived = found.Where(f => f.State is not FileState.Unusable && !taken.Contains(f.Name) && !givenUp.ContainsKey(f.Name)).ToList();
        var waiting = arrived.Count;
        // One run of a pipeline at a time: what arrives meanwhile becomes the next one.
        if ((await runs.ListAsync(name, cancellationToken)).Any(r => r.Status.IsAtWork())) return new(waiting > 0, ProblemOf(found, givenUp));
        foreach (var announcement in await AnnouncementsOfAsync(name, arrived, cancellationToken))
        {
            // Whoever announced files speaks for these, not for what others drop beside them.
            var announced = arrived.FindAll(f => announcement.Files.Contains(f.Name));
            arrived.RemoveAll(announced.Contains);
            if (ReadyOf(announced) is { Count: > 0 } ready && !IsAwaited(announcement, ready)) waiting -= await StartAsync(name, ready, announcement, cancellationToken);
        }

        if (pipeline.Spec.Triggers.OnArrival is ArrivalPolicy.Wait) return new(waiting > arrived.Count, ProblemOf(found, givenUp));
        if (ReadyOf(arrived) is { Count: > 0 } dropped) waiting -= await StartAsync(name, dropped, null, cancellationToken);
        return new(waiting > 0, ProblemOf(found, givenUp));
    }

    /// <summary>The files that a run which something else starts takes with it, in ordinal order of their names.</summary>
    public async Task<IReadOnlyList<string>> ReadyAsync(string name, CancellationToken cancellationToken)
    {
        if (pipelines.TryRead(name) is not { } pipeline) return [];
        var found = await incoming.ListAsync(pipeline.Spec.Triggers.Blob, cancellationToken);
        var (taken, givenUp) = await TakenAsync(name, found, cancellationToken);
        var announced = (await announcements.ListAsync(name, cancellationToken)).SelectMany(a => a.Files).ToHashSet(StringComparer.Ordinal);
        return [.. found.Where(f => f.State is FileState.Complete && !taken.Contains(f.Name) && !givenUp.ContainsKey(f.Name) && !announced.Contains(f.Name)).Select(f => f.Name)];
    }

    private static string? ProblemOf(IReadOnlyList<IncomingFile> found, Dictionary<string, string> givenUp)
    {
        var problems = found.Where(f => f.State is FileState.Unusable)
            .Select(f => $"{f.Culprit ?? f.Name}: only regular files with valid names that this process may read are taken, no links, pipes or others. Copy the file itself in.")
            .Concat(givenUp.Select(g => $"{g.Key}: {g.Value}"));
        var text = string.Join(' ', problems);
        return text.Length is 0 ? null : text;
    }

    /// <returns>How many files the run will take.</returns>
    private async Task<int> StartAsync(string pipeline, List<IncomingFile> arrived, Announcement? announcement, CancellationToken cancellationToken)
    {
        var files = arrived.ConvertAll(f => f.Name);
        var reason = announcement?.Reason ?? $"Dropped: {string.Join(", ", files.Select(IncomingNames.NameOf))}.";
        var order = new RunOrder(
            pipeline, RunTrigger.Drop, announcement?.By ?? "drop", reason, files, announcement?.AutoApprove ?? false, announcement?.Id);
        var run = await starter.StartAsync(order, cancellationToken);
        if (announcement is not null) await announcements.CloseAsync(announcement, cancellationToken);
        LogStarted(run.RunId, files.Count);
        return files.Count;
    }

    /// <summary>The open announcements of files that have arrived.</summary>
    private async Task<IReadOnlyList<Announcement>> AnnouncementsOfAsync(string pipeline, List<IncomingFile> arrived, CancellationToken cancellationToken)
    {
        var open = new List<Announcement>();
        foreach (var announcement in (await announcements.ListAsync(pipeline, cancellationToken)).Where(a => arrived.Exists(f => a.Files.Contains(f.Name))))
        {
            // A crash came between the run and the end of its announcement: it holds for that run, not for later files of the same name.
            if ((await runs.ListAsync(pipeline, cancellationToken)).Any(r => r.Announcement == announcement.Id)) await announcements.CloseAsync(announcement, cancellationToken);
            else open.Add(announcement);
        }

        return open;
    }

    /// <summary>
    /// Files that an accepted run will take but has not taken yet; and those that a run ended without taking, with the reason:
    /// to try these again, unchanged, would end the same. The same name dropped later is a new file.
    /// </summary>
    private async Task<(HashSet<string> Taken, Dictionary<string, string> GivenUp)> TakenAsync(
        string pipeline, IReadOnlyList<IncomingFile> found, CancellationToken cancellationToken)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var givenUp = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var run in await runs.ListAsync(pipeline, cancellationToken))
        {
            var named = found.Where(f => run.Files.Contains(f.Name) && !(f.LastChanged > run.FinishedAt)).ToList();
            if (named.Count is 0) continue;
            var (claimed, ended) = await drops.ClaimedAsync(run, cancellationToken);
            foreach (var file in named)
            {
                var isOver = ended || run.Status.IsFinal();
                if (!claimed.Contains(file.Name) && run.Status.IsFinal())
                    givenUp.TryAdd(file.Name, $"run {run.RunId} ended without it ({run.Reason}). Drop it again once that is mended.");
                // What was taken since the look into the folder is not there any more; in blob storage a file is in both places for
                // a moment while it is moved. What is there once the run is done with taking is a new file of that name.
                else if (!isOver || !await blobs.HasEntryAsync(file.Name, cancellationToken))
                    taken.Add(file.Name);
            }
        }

        return (taken, givenUp);
    }

    /// <summary>
    /// Files that arrive together become one run, once they have been quiet for a while. One that is still being written holds
    /// the others up, but not for ever.
    /// </summary>
    private List<IncomingFile> ReadyOf(List<IncomingFile> arrived)
    {
        var complete = arrived.FindAll(f => f.State is FileState.Complete);
        if (complete.Count is 0) return [];
        var quiet = time.GetUtcNow() - complete.Max(f => f.LastChanged);
        return quiet < (complete.Count == arrived.Count ? options.Value.QuietPeriod : options.Value.AnnouncementPatience) ? [] : complete;
    }

    private bool IsAwaited(Announcement announcement, List<IncomingFile> ready) =>
        announcement.Files.Except(ready.Select(f => f.Name), StringComparer.Ordinal).Any()
        && announcement.CreatedAt > time.GetUtcNow() - options.Value.AnnouncementPatience;

    [LoggerMessage(3101, LogLevel.Information, "Run {RunId}: started by {Files} dropped files")]
    private partial void LogStarted(string runId, int files);
}
