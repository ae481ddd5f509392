using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Core.Scoring;
using MlOps.DurableTask;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Scoring;

/// <summary>An endpoint has nothing to score files with.</summary>
/// <param name="isKnown">Whether there is such an endpoint.</param>
/// <param name="message">Why, and what to do.</param>
public sealed class ScoringUnavailableException(bool isKnown, string message) : Exception(message)
{
    /// <summary>Whether there is such an endpoint.</summary>
    public bool IsKnown { get; } = isKnown;
}

/// <summary>A job is asked for again while it is still being cancelled, or its files are being deleted.</summary>
/// <param name="message">What goes on, and what to do.</param>
public sealed class ScoringBusyException(string message) : Exception(message);

/// <summary>Takes files to be scored. Taken means: the file is kept and its job goes on, whatever happens to this process.</summary>
public sealed class ScoringDesk
{
    private const string Dropped = "drop";

    private readonly ScoringStore _store;
    private readonly EndpointStore _endpoints;
    private readonly ScoringDrops _drops;
    private readonly ScoringSettings _settings;
    private readonly IBlobStore _blobs;
    private readonly DurableTaskClient _client;
    private readonly PipelineOptions _options;
    private readonly TimeProvider _time;

    internal ScoringDesk(
        ScoringStore store, EndpointStore endpoints, ScoringDrops drops, ScoringSettings settings, IBlobStore blobs, DurableTaskClient client, IOptions<PipelineOptions> options, TimeProvider time) =>
        (_store, _endpoints, _drops, _settings, _blobs, _client, _options, _time) = (store, endpoints, drops, settings, blobs, client, options.Value, time);

    /// <summary>Takes a file. The same file of the same name for the same version, to be written the same way, is the same job.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="file">Name of the file.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="format">What the output is written as; <see langword="null"/>: as the pipeline says, else as the file is named.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="ScoringUnavailableException">There is no such endpoint, or nothing in production there.</exception>
    /// <exception cref="ScoringBusyException">The same job is being cancelled, or its files are being deleted.</exception>
    public async Task<ScoringJob> SubmitAsync(string endpoint, string file, Stream content, ScoringFormat? format, string by, string reason, CancellationToken cancellationToken)
    {
        var champion = await ChampionOfAsync(endpoint, cancellationToken);
        Directory.CreateDirectory(_options.WorkFolder);
        var path = Path.Combine(Path.GetFullPath(_options.WorkFolder), Path.GetRandomFileName());
        try
        {
            await using (var local = File.Create(path)) await content.CopyToAsync(local, cancellationToken);
            string hash;
            await using (var local = File.OpenRead(path)) hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(local, cancellationToken));
            var job = NewJob(endpoint, champion, file, hash, format, by, reason);
            // Its place follows from its content: what is there already is the same.
            await _blobs.TryCreateAsync(path, job.Source(), cancellationToken);
            var accepted = await _store.AcceptAsync(job, cancellationToken);
            // An earlier job's files may have been deleted just then.
            if (await _blobs.TryGetInfoAsync(job.Source(), cancellationToken) is null) await _blobs.TryCreateAsync(path, job.Source(), cancellationToken);
            return await BeginAsync(accepted, cancellationToken);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Takes a dropped file.</summary>
    /// <param name="endpoint">The endpoint whose folder it lies in.</param>
    /// <param name="drop">Its blob.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="ScoringUnavailableException">There is no such endpoint, or nothing in production there: the file stays where it is.</exception>
    internal async Task<ScoringJob> TakeAsync(string endpoint, string drop, CancellationToken cancellationToken)
    {
        var champion = await ChampionOfAsync(endpoint, cancellationToken);
        var file = drop[ScoringDrops.FolderOf(endpoint).Length..];
        var asked = NewJob(endpoint, champion, file, await _drops.HashAsync(drop, cancellationToken), null, Dropped, $"Dropped: {file}.") with { Drop = drop };
        var job = await BeginAsync(await _store.AcceptAsync(asked, cancellationToken), cancellationToken);
        // The job has its file already: this is the same once more.
        if (job.Drop is null) await _drops.TakeAsync(job, drop, cancellationToken);
        return job;
    }

    /// <summary>Starts a job again that failed or was cancelled; another stays as it is.</summary>
    /// <returns>The job as it stands; <see langword="null"/>: there is none.</returns>
    /// <exception cref="ScoringBusyException">The job is being cancelled, or its files are being deleted.</exception>
    public async Task<ScoringJob?> RetryAsync(string id, string by, string reason, CancellationToken cancellationToken) => await _store.TryGetAsync(id, cancellationToken) is { } job
        ? await BeginAsync(await _store.AcceptAsync(job with { By = by, Reason = reason }, cancellationToken), cancellationToken)
        : null;

    /// <summary>Cancels a running job. Asked again it is the same cancellation; a job that has ended stays as it is.</summary>
    /// <returns>The job as it stands; <see langword="null"/>: there is none.</returns>
    public async Task<ScoringJob?> CancelAsync(string id, string by, string reason, CancellationToken cancellationToken)
    {
        var job = await _store.CancelAsync(id, new(by, reason, _time.GetUtcNow()), cancellationToken);
        // Its steps see it; should a crash have left it without them, they begin, and the last one removes what was written.
        if (job is { Status: ScoringStatus.Cancelling }) await StartAsync(job, cancellationToken);
        return job;
    }

    /// <summary>Starts the jobs that a crash left without their orchestration.</summary>
    internal async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var job in (await _store.ListAsync(null, cancellationToken)).Where(j => !j.Status.IsFinal())) await StartAsync(job, cancellationToken);
    }

    /// <summary>Each attempt has an orchestration of its own: the one before may still be ending.</summary>
    internal static string InstanceOf(ScoringJob job) => string.Create(CultureInfo.InvariantCulture, $"scoring:{job.Id}:{job.Attempt}");

    private async Task<EndpointVariant> ChampionOfAsync(string endpoint, CancellationToken cancellationToken)
    {
        if (await _endpoints.TryGetAsync(endpoint, cancellationToken) is not { Manifest: var manifest })
            throw new ScoringUnavailableException(isKnown: false, $"There is no endpoint '{endpoint}'. 'mlops endpoints' lists those there are.");
        var champion = manifest.Champion() ?? throw new ScoringUnavailableException(isKnown: true, $"Endpoint '{endpoint}' has no version in production. Release one first.");
        return champion.Package is not null ? champion : throw new ScoringUnavailableException(
            isKnown: true, $"Version {champion.Version} of model {champion.Model}, which endpoint '{endpoint}' answers with, was released before packages were hashed as a whole. Release another version first.");
    }

    private ScoringJob NewJob(string endpoint, EndpointVariant champion, string file, string hash, ScoringFormat? wanted, string by, string reason)
    {
        var format = wanted ?? _settings.Of(endpoint).Output ?? (IsCsv(file) ? ScoringFormat.Csv : ScoringFormat.Parquet);
        var identity = string.Create(CultureInfo.InvariantCulture, $"{file}\n{hash}\n{champion.Model}\n{champion.Version}\n{champion.Package}\n{format}");
        return new()
        {
            Id = ScoringStore.IdOf(endpoint, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..16]),
            Endpoint = endpoint,
            File = file,
            ContentSha256 = hash,
            Variant = champion.Name,
            Model = champion.Model,
            Version = champion.Version,
            Package = champion.Package!,
            Format = format,
            Status = ScoringStatus.Running,
            By = by,
            Reason = reason,
            CreatedAt = _time.GetUtcNow(),
        };
    }

    private static bool IsCsv(string file)
    {
        if (Path.GetExtension(file).ToUpperInvariant() is ".GZ" or ".ZST" or ".ZSTD") file = Path.GetFileNameWithoutExtension(file);
        return Path.GetExtension(file).ToUpperInvariant() is ".CSV" or ".TSV" or ".TXT";
    }

    private async Task<ScoringJob> BeginAsync(ScoringJob job, CancellationToken cancellationToken)
    {
        if (job.Status is ScoringStatus.Cancelling) throw new ScoringBusyException($"Scoring job '{job.Id}' is being cancelled. Ask for it again once that is done.");
        if (job.Files is ScoringFiles.Deleting) throw new ScoringBusyException($"The files of scoring job '{job.Id}', which ended at {job.FinishedAt:u}, are being deleted. Ask for it again once that is done.");
        if (job.Status is ScoringStatus.Running) await StartAsync(job, cancellationToken);
        return job;
    }

    private async Task StartAsync(ScoringJob job, CancellationToken cancellationToken)
    {
        await _store.NoteRequestAsync(job, cancellationToken);
        try
        {
            await _client.ScheduleNewOrchestrationInstanceAsync(nameof(BatchScoring), job.Id, new StartOrchestrationOptions { InstanceId = InstanceOf(job) }, cancellationToken);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // It is at work already.
        }
    }
}
