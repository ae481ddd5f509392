using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Core.Runs;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Native;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Pipelines;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Triggers;

/// <summary>
/// Watches the pipelines' incoming folders. Files that arrive together become one run. A file counts once nobody writes to it
/// and it has not changed for the quiet period; what starts with a dot or ends like an unfinished download never counts.
/// </summary>
internal sealed partial class IncomingWatcher(
    PipelineCatalog pipelines,
    IncomingFolder incoming,
    RunStarter starter,
    RunStore runs,
    AnnouncementStore announcements,
    IBlobStore blobs,
    IOptions<PipelineOptions> options,
    TimeProvider time,
    ILogger<IncomingWatcher> logger) : BackgroundService
{
    private static readonly TimeSpan ScanInterval = TimeSpan.FromMilliseconds(250);
    private readonly Dictionary<string, string> reportedProblems = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ScanInterval, time);
        do
        {
            foreach (var name in pipelines.Names()) await TryScanAsync(name, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One pipeline's trouble must not stop the others; the files stay where they are until it is mended.</summary>
    private async Task TryScanAsync(string pipeline, CancellationToken cancellationToken)
    {
        string? problem;
        try
        {
            problem = await ScanAsync(pipeline, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            problem = error.Message;
        }

        if (problem == reportedProblems.GetValueOrDefault(pipeline)) return;
        if (problem is null)
        {
            reportedProblems.Remove(pipeline);
            return;
        }

        reportedProblems[pipeline] = problem;
        LogProblem(pipeline, problem);
    }

    /// <summary>Starts the runs of what has arrived.</summary>
    /// <returns>Why files are left lying, or <see langword="null"/>.</returns>
    private async Task<string?> ScanAsync(string name, CancellationToken cancellationToken)
    {
        // The default folder is looked into first: reading the specification is only worth it when there may be something.
        if (!incoming.MayHaveFiles(name)) return null;
        var spec = pipelines.TryRead(name)!.Value.Spec;
        var found = incoming.List(spec.Triggers.Blob);
        if (found.Count is 0) return null;

        var (taken, givenUp) = await TakenAsync(name, found, cancellationToken);
        var arrived = found.Where(f => f.State is not FileState.Unusable && !taken.Contains(f.Name) && !givenUp.ContainsKey(f.Name)).ToList();
        foreach (var announcement in await AnnouncementsOfAsync(name, arrived, cancellationToken))
        {
            // Whoever announced files speaks for these, not for what others drop beside them.
            var announced = arrived.FindAll(f => announcement.Files.Contains(f.Name));
            arrived.RemoveAll(announced.Contains);
            if (ReadyOf(announced) is { Count: > 0 } ready && !IsAwaited(announcement, ready)) await StartAsync(name, ready, announcement, cancellationToken);
        }

        if (ReadyOf(arrived) is { Count: > 0 } dropped) await StartAsync(name, dropped, null, cancellationToken);
        return ProblemOf(found, givenUp);
    }

    private static string? ProblemOf(IReadOnlyList<IncomingFile> found, Dictionary<string, string> givenUp)
    {
        var problems = found.Where(f => f.State is FileState.Unusable)
            .Select(f => $"{f.Name}: only regular files with valid names that this process may read are taken, no links, pipes or others. Copy the file itself in.")
            .Concat(givenUp.Select(g => $"{g.Key}: {g.Value}"));
        var text = string.Join(' ', problems);
        return text.Length is 0 ? null : text;
    }

    private async Task StartAsync(string pipeline, List<IncomingFile> arrived, Announcement? announcement, CancellationToken cancellationToken)
    {
        var files = arrived.ConvertAll(f => f.Name);
        var reason = announcement?.Reason ?? $"Dropped: {string.Join(", ", files.Select(f => Path.GetFileName(f)))}.";
        var order = new RunOrder(
            pipeline, RunTrigger.Drop, announcement?.By ?? "drop", reason, files, announcement?.AutoApprove ?? false, announcement?.Id);
        var run = await starter.StartAsync(order, cancellationToken);
        if (announcement is not null) await announcements.CloseAsync(announcement, cancellationToken);
        LogStarted(run.RunId, files.Count);
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
            var claimed = await IngestDataset.ClaimedAsync(blobs, run, cancellationToken);
            foreach (var file in named.Where(f => !claimed.Contains(f.Name)))
            {
                if (run.Status.IsFinal()) givenUp.TryAdd(file.Name, $"run {run.RunId} ended without it ({run.Reason}). Drop it again once that is mended.");
                else taken.Add(file.Name);
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

    [LoggerMessage(3102, LogLevel.Warning, "Pipeline {Pipeline}: dropped files wait in the incoming folder, since they cannot be taken: {Problem}")]
    private partial void LogProblem(string pipeline, string problem);
}
