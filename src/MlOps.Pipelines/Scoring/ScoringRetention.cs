using Microsoft.Extensions.Logging;
using MlOps.Core.Scoring;
using MlOps.Storage.Blobs;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Scoring;

/// <summary>
/// Deletes the files of jobs that ended longer ago than their pipeline has them kept; the records stay and say so. Where no pipeline says how
/// long, everything stays. What a crash interrupts is gone on with.
/// </summary>
internal sealed partial class ScoringRetention(ScoringStore store, ScoringSettings settings, IBlobStore blobs, TimeProvider time, ILogger<ScoringRetention> logger)
{
    private readonly HourlyTurn _turn = new(time);

    /// <summary>Deletes, once an hour at most: whoever looks for files asks for it.</summary>
    public async Task PruneAsync(CancellationToken cancellationToken)
    {
        if (!_turn.TryTake(out var now)) return;

        foreach (var jobs in (await store.ListAsync(null, cancellationToken)).Where(j => j.Status.IsFinal() && j.Files is not ScoringFiles.Deleted).GroupBy(j => j.Endpoint, StringComparer.Ordinal))
        {
            var keep = settings.Of(jobs.Key).Keep;
            foreach (var job in jobs.Where(j => j.Files is ScoringFiles.Deleting || (keep is { } span && j.FinishedAt < now - span))) await TryDeleteAsync(job, keep, cancellationToken);
        }
    }

    private async Task TryDeleteAsync(ScoringJob job, TimeSpan? keep, CancellationToken cancellationToken)
    {
        try
        {
            var kept = keep is { } span ? $", and files of endpoint '{job.Endpoint}' are kept for {span:g}" : "";
            if (!await store.TryForgetAsync(job, $"It ended at {job.FinishedAt:u}{kept}.", cancellationToken)) return;
            await blobs.DeleteFilesAsync(job, _ => true, cancellationToken);
            await store.NoteForgottenAsync(job, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // One job's trouble must not keep the others; the next look goes on with it.
            LogProblem(job.Id, error.Message);
        }
    }

    [LoggerMessage(3404, LogLevel.Warning, "Scoring job {Job}: its files are old enough to go and could not be deleted, that is tried again: {Problem}")]
    private partial void LogProblem(string job, string problem);
}
