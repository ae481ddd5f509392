using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Core.Scoring;
using MlOps.Pipelines.Native;
using MlOps.Pipelines.Triggers;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Scoring;

/// <summary>A dropped file that no job takes.</summary>
/// <param name="File">Its blob; of a folder, the prefix with its slash.</param>
/// <param name="Problem">Why, and what to do.</param>
public sealed record LeftFile(string File, string Problem);

/// <summary>What a look into the folders of files to be scored found.</summary>
/// <param name="Waiting">Whether files are there that a later look may take.</param>
/// <param name="Left">Files that are left lying.</param>
internal sealed record ScoringScanState(bool Waiting, IReadOnlyList<LeftFile> Left);

/// <summary>
/// Looks into the folders of files to be scored. Each file becomes a job of its own, once nobody writes to it and it has not changed for
/// the quiet period. One look at a time.
/// </summary>
public sealed partial class ScoringScan
{
    private readonly IIncomingFiles _incoming;
    private readonly ScoringDesk _desk;
    private readonly ScoringStore _store;
    private readonly EndpointStore _endpoints;
    private readonly TimeSpan _quietPeriod;
    private readonly TimeProvider _time;
    private readonly ILogger<ScoringScan> _logger;

    internal ScoringScan(
        IIncomingFiles incoming, ScoringDesk desk, ScoringStore store, EndpointStore endpoints, IOptions<PipelineOptions> options, TimeProvider time, ILogger<ScoringScan> logger) =>
        (_incoming, _desk, _store, _endpoints, _quietPeriod, _time, _logger) = (incoming, desk, store, endpoints, options.Value.QuietPeriod, time, logger);

    /// <summary>The files that no job takes as things are.</summary>
    public async Task<IReadOnlyList<LeftFile>> ListLeftAsync(CancellationToken cancellationToken)
    {
        var left = new List<LeftFile>();
        foreach (var entry in await _incoming.ListAsync(ScoringDrops.Folder, cancellationToken))
        {
            if (EndpointOf(entry) is { } endpoint) left.AddRange((await LookAsync(endpoint, take: false, cancellationToken)).Left);
            else left.Add(InNoFolder(entry));
        }

        return left;
    }

    /// <summary>Starts the jobs of what has arrived, whatever the endpoint.</summary>
    internal async Task<ScoringScanState> ScanAsync(CancellationToken cancellationToken)
    {
        var (waiting, left) = (false, new List<LeftFile>());
        foreach (var entry in await _incoming.ListAsync(ScoringDrops.Folder, cancellationToken))
        {
            if (EndpointOf(entry) is not { } endpoint)
            {
                left.Add(InNoFolder(entry));
                continue;
            }

            try
            {
                var state = await ScanAsync(endpoint, cancellationToken);
                waiting |= state.Waiting;
                left.AddRange(state.Left);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // One folder's trouble must not stop the others.
                left.Add(new(entry.Name, error.Message));
            }
        }

        return new(waiting, left);
    }

    /// <summary>Starts the jobs of what has arrived for an endpoint.</summary>
    internal Task<ScoringScanState> ScanAsync(string endpoint, CancellationToken cancellationToken) => LookAsync(endpoint, take: true, cancellationToken);

    private static string? EndpointOf(IncomingFile entry) => IncomingNames.IsFolder(entry.Name) ? IncomingNames.NameOf(entry.Name).TrimEnd('/') : null;

    private static LeftFile InNoFolder(IncomingFile entry) => new(entry.Name, $"it lies in no endpoint's folder. Move it to {ScoringDrops.FolderOf("<endpoint>")}.");

    private async Task<ScoringScanState> LookAsync(string endpoint, bool take, CancellationToken cancellationToken)
    {
        var (waiting, left) = (false, new List<LeftFile>());
        var unavailable = await UnavailableAsync(endpoint, cancellationToken);
        var jobs = unavailable is null ? await _store.ListAsync(endpoint, cancellationToken) : [];
        foreach (var file in await _incoming.ListAsync(ScoringDrops.FolderOf(endpoint), cancellationToken))
        {
            // A running job takes it; one that failed before it could will not, as long as the file is the same.
            var claim = jobs.FirstOrDefault(j => j.Drop == file.Name && (!j.Status.IsFinal() || file.LastChanged <= j.FinishedAt));
            var problem = ProblemOf(file, claim) ?? unavailable;
            if (problem is null && take && claim is null && IsReady(file)) problem = await TryTakeAsync(endpoint, file, cancellationToken);
            else waiting |= problem is null;
            if (problem is not null) left.Add(new(file.Name, problem));
        }

        return new(waiting, left);
    }

    private static string? ProblemOf(IncomingFile file, ScoringJob? claim)
    {
        if (IncomingNames.IsFolder(file.Name)) return "folders are not scored. Drop the files themselves.";
        if (file.State is FileState.Unusable) return "only regular files with valid names that this process may read are taken, no links, pipes or others. Copy the file itself in.";
        return claim is { Status: ScoringStatus.Failed } ? $"job {claim.Id} ended without it ({claim.Problem}). Drop it again once that is mended." : null;
    }

    private async Task<string?> UnavailableAsync(string endpoint, CancellationToken cancellationToken) => await _endpoints.TryGetAsync(endpoint, cancellationToken) switch
    {
        null => $"there is no endpoint '{endpoint}'. It is taken as soon as there is; or move it to the folder of one that 'mlops endpoints' lists.",
        { Manifest: var manifest } => manifest.Champion() is null ? $"endpoint '{endpoint}' has no version in production. It is taken as soon as one is released." : null,
    };

    private bool IsReady(IncomingFile file) => file.State is FileState.Complete && _time.GetUtcNow() - file.LastChanged >= _quietPeriod;

    /// <summary>One file's trouble must not stop the others; it stays where it is.</summary>
    private async Task<string?> TryTakeAsync(string endpoint, IncomingFile file, CancellationToken cancellationToken)
    {
        try
        {
            var job = await _desk.TakeAsync(endpoint, file.Name, cancellationToken);
            LogTaken(job.Id, file.Name);
            return null;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return error.Message;
        }
    }

    [LoggerMessage(3401, LogLevel.Information, "Scoring job {Job}: started by the dropped file {File}")]
    private partial void LogTaken(string job, string file);
}
