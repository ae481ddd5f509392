using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Core.Runs;
using MlOps.Core.Specification.Reading;
using MlOps.Pipelines.Datasets;
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
        try
        {
            await ScanAsync(pipeline, cancellationToken);
            reportedProblems.Remove(pipeline);
        }
        catch (Exception error) when (error is PipelineSpecException or IOException or UnauthorizedAccessException)
        {
            if (reportedProblems.TryGetValue(pipeline, out var known) && known == error.Message) return;
            reportedProblems[pipeline] = error.Message;
            LogProblem(pipeline, error.Message);
        }
    }

    private async Task ScanAsync(string name, CancellationToken cancellationToken)
    {
        // The default folder is looked into first: reading the specification is only worth it when there may be something.
        if (!incoming.MayHaveFiles(name)) return;
        var spec = pipelines.TryRead(name)!.Value.Spec;
        var found = incoming.List(spec.Triggers.Blob);
        if (found.Count is 0) return;

        var taken = await TakenAsync(name, cancellationToken);
        var arrived = found.Where(f => !taken.Contains(f.Name)).ToList();
        if (arrived.Count is 0 || arrived.Any(f => !f.IsComplete) || IsBusy(arrived)) return;

        var files = arrived.Select(f => f.Name).ToList();
        var announcement = await AnnouncementOfAsync(name, files, cancellationToken);
        if (announcement is not null && IsAwaited(announcement, files)) return;
        await StartAsync(name, files, announcement, cancellationToken);
    }

    private async Task StartAsync(string pipeline, List<string> files, Announcement? announcement, CancellationToken cancellationToken)
    {
        var reason = announcement?.Reason ?? $"Dropped: {string.Join(", ", files.Select(f => Path.GetFileName(f)))}.";
        var order = new RunOrder(
            pipeline, RunTrigger.Drop, announcement?.By ?? "drop", reason, files, announcement?.AutoApprove ?? false, announcement?.Id);
        var run = await starter.StartAsync(order, cancellationToken);
        if (announcement is not null) await announcements.CloseAsync(announcement, cancellationToken);
        LogStarted(run.RunId, files.Count);
    }

    private async Task<Announcement?> AnnouncementOfAsync(string pipeline, List<string> files, CancellationToken cancellationToken)
    {
        foreach (var announcement in (await announcements.ListAsync(pipeline, cancellationToken)).Where(a => a.Files.Any(files.Contains)))
        {
            if (!(await runs.ListAsync(pipeline, cancellationToken)).Any(r => r.Announcement == announcement.Id)) return announcement;
            // A crash came between the run and the end of its announcement: it holds for that run, not for later files of the same name.
            await announcements.CloseAsync(announcement, cancellationToken);
        }

        return null;
    }

    /// <summary>Files that an accepted run will take but has not taken yet. The same name dropped later is a new file.</summary>
    private async Task<HashSet<string>> TakenAsync(string pipeline, CancellationToken cancellationToken)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var run in (await runs.ListAsync(pipeline, cancellationToken)).Where(r => !r.Status.IsFinal()))
        {
            var claimed = await IngestDataset.ClaimedAsync(blobs, run, cancellationToken);
            taken.UnionWith(run.Files.Where(f => !claimed.Contains(f)));
        }

        return taken;
    }

    private bool IsBusy(List<IncomingFile> files) => files.Max(f => f.LastChanged) > time.GetUtcNow() - options.Value.QuietPeriod;

    private bool IsAwaited(Announcement announcement, List<string> files) =>
        announcement.Files.Except(files, StringComparer.Ordinal).Any() && announcement.CreatedAt > time.GetUtcNow() - options.Value.AnnouncementPatience;

    [LoggerMessage(3101, LogLevel.Information, "Run {RunId}: started by {Files} dropped files")]
    private partial void LogStarted(string runId, int files);

    [LoggerMessage(3102, LogLevel.Warning, "Pipeline {Pipeline}: dropped files wait in the incoming folder, since they cannot be taken: {Problem}")]
    private partial void LogProblem(string pipeline, string problem);
}
