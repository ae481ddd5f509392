using MlOps.Data.Native;
using MlOps.Monitoring.Logging;
using MlOps.Monitoring.Reading;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Shows the prediction log row by row, the newest first, sorted into days already or not. Rows may be of persons: who looks is audited.</summary>
public sealed class PredictionReader
{
    /// <summary>The log is sorted while it is read: what moved in between is looked for again.</summary>
    private const int Attempts = 5;

    /// <summary>Segments are read together up to about this many bytes.</summary>
    private const long SegmentBytes = 64L << 20;

    private readonly IBlobStore _blobs;
    private readonly WorkFolders _folders;
    private readonly MonitoringSettings _settings;
    private readonly AuditLog _audit;

    internal PredictionReader(IBlobStore blobs, WorkFolders folders, MonitoringSettings settings, AuditLog audit) => (_blobs, _folders, _settings, _audit) = (blobs, folders, settings, audit);

    /// <summary>Reads rows, newest first by their event time.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="filter">Which rows.</param>
    /// <param name="after">Only what comes behind this place; <see langword="null"/>: from the newest on.</param>
    /// <param name="count">Most rows.</param>
    /// <param name="by">Who looks.</param>
    /// <param name="reason">Why, where they say so.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<IReadOnlyList<LoggedPrediction>> ReadAsync(
        string endpoint, PredictionFilter filter, PredictionPosition? after, int count, string by, string? reason, CancellationToken cancellationToken)
    {
        var what = filter.ToString() is { Length: > 0 } conditions ? $"Logged predictions {conditions}." : "Logged predictions.";
        await _audit.AppendAsync(new(by, "data.read", $"endpoints/{endpoint}/predictions", $"{what} {reason}".TrimEnd()), cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await TryReadAsync(endpoint, filter, after, count, attempt is Attempts, cancellationToken) is not { } rows) continue;
                return await HiddenColumns.ApplyAsync(_blobs, (await _settings.FindAsync(endpoint, cancellationToken))?.Log ?? new(), rows, cancellationToken);
            }
            catch (Exception error) when (error is BlobNotFoundException or DuckDbException && attempt < Attempts)
            {
                // A file went while it was read.
            }
        }
    }

    /// <returns><see langword="null"/>: segments were sorted into days in the meantime.</returns>
    private async Task<IReadOnlyList<LoggedPrediction>?> TryReadAsync(
        string endpoint, PredictionFilter filter, PredictionPosition? after, int count, bool isLast, CancellationToken cancellationToken)
    {
        var segments = await SegmentsAsync(endpoint, cancellationToken);
        using var newest = new NewestPredictions(filter, after, count);
        await AddSegmentsAsync(newest, segments, cancellationToken);
        await AddDaysAsync(newest, endpoint, filter, after, cancellationToken);
        if (!isLast && segments.Except(await SegmentsAsync(endpoint, cancellationToken), StringComparer.Ordinal).Any()) return null;
        return await Task.Run(() => newest.Rows(cancellationToken), cancellationToken);
    }

    private async Task<List<string>> SegmentsAsync(string endpoint, CancellationToken cancellationToken) =>
        await _blobs.ListAsync(PredictionFiles.SegmentsOf(endpoint), cancellationToken).Select(b => b.Name).ToListAsync(cancellationToken);

    private async Task AddSegmentsAsync(NewestPredictions newest, List<string> segments, CancellationToken cancellationToken)
    {
        using var work = _folders.Create();
        for (var at = 0; at < segments.Count;)
        {
            // Copied, so that one that is deleted while it is read does no harm.
            await using (var together = File.Create(work["segments"]))
            {
                for (; at < segments.Count && together.Length < SegmentBytes; at++)
                {
                    await using var segment = await _blobs.OpenReadAsync(segments[at], cancellationToken);
                    await segment.CopyToAsync(together, cancellationToken);
                }
            }

            await Task.Run(() => newest.AddSegments(work["segments"], cancellationToken), cancellationToken);
        }
    }

    private async Task AddDaysAsync(NewestPredictions newest, string endpoint, PredictionFilter filter, PredictionPosition? after, CancellationToken cancellationToken)
    {
        var newestDay = after is null ? DateOnly.MaxValue : DateOnly.FromDateTime(DateTimeOffset.UnixEpoch.AddMicroseconds(after.Time).UtcDateTime);
        var all = await PredictionDays.OfAllAsync(_blobs, endpoint, cancellationToken);
        var labels = all.Labels.ToLookup(b => PredictionFiles.DayIn(endpoint, b.Name));
        var days = all.Answers.GroupBy(b => PredictionFiles.DayIn(endpoint, b.Name)!.Value).Where(d => d.Key <= newestDay && filter.Reaches(d.Key)).OrderByDescending(d => d.Key);
        foreach (var day in days)
        {
            using var work = _folders.Create();
            var answered = await LayAsync(work, "answers", day, cancellationToken);
            var labelled = await LayAsync(work, "labels", labels[day.Key], cancellationToken);
            if (await Task.Run(() => newest.AddDay(answered, labelled, cancellationToken), cancellationToken)) return;
        }
    }

    private static async Task<List<string>> LayAsync(WorkFolder work, string kind, IEnumerable<BlobInfo> blobs, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        foreach (var blob in blobs) paths.Add(await work.LayAsync(blob.Name, $"{kind}-{paths.Count}.parquet", cancellationToken));
        return paths;
    }
}
