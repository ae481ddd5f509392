using MlOps.Core.Scoring;
using MlOps.Data.Scoring;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Scoring;

/// <summary>Publishes a job's output, whole and once, and closes its record; of a job that is cancelled, removes what was written.</summary>
internal sealed class CloseScoring(ScoringStore store, ScoringDrops drops, CancellationWatch watch, IBlobStore blobs, WorkFolders folders, TimeProvider time) : TaskActivity<ScoringEnd, bool>
{
    /// <returns>Whether the output is there.</returns>
    public override async Task<bool> RunAsync(TaskActivityContext context, ScoringEnd input)
    {
        var cancellationToken = context.CancellationToken;
        if (await store.TryGetAsync(input.JobId, cancellationToken) is not { } job) return false;
        if (job.Status is ScoringStatus.Running) job = await EndAsync(job, input, cancellationToken);
        // A crash may have come between the record and the audit log.
        else if (job.Status.IsFinal()) job = await store.EndAsync(job, cancellationToken);
        if (job.Status is ScoringStatus.Cancelling) await UndoAsync(job, cancellationToken);
        if (job.Status is not ScoringStatus.Done) return false;
        await blobs.DeleteFilesAsync(job, name => name.StartsWith(job.PlaceOf(ScoringPlaces.Work), StringComparison.Ordinal), cancellationToken);
        return true;
    }

    /// <returns>The job as it stands: cancelled, when somebody was faster.</returns>
    private async Task<ScoringJob> EndAsync(ScoringJob job, ScoringEnd input, CancellationToken cancellationToken)
    {
        var end = input switch
        {
            { Problem: { } problem } => job with { Status = ScoringStatus.Failed, Problem = problem },
            { Plan: { } plan } => await watch.WhileRunningAsync(job.Id, stop => PublishAsync(job, plan, stop), cancellationToken),
            _ => null,
        };
        return end is null
            ? (await store.TryGetAsync(job.Id, cancellationToken))!
            : await store.EndAsync(end with { FinishedAt = time.GetUtcNow() }, cancellationToken);
    }

    /// <summary>Leaves of a cancelled job what it was given: its file, out of the folder that it was dropped into.</summary>
    private async Task UndoAsync(ScoringJob job, CancellationToken cancellationToken)
    {
        if (job.Drop is { } drop)
        {
            await drops.TakeAsync(job, drop, cancellationToken);
            await store.NoteTakenAsync(job, cancellationToken);
        }

        await blobs.DeleteFilesAsync(job, name => name != job.Source(), cancellationToken);
        var end = job with
        {
            Status = ScoringStatus.Cancelled, Problem = $"{job.Cancellation!.By} cancelled it: {job.Cancellation.Reason}", FinishedAt = time.GetUtcNow(), Drop = null, Rows = 0, RefusedRows = 0,
        };
        await store.EndAsync(end, cancellationToken);
    }

    private async Task<ScoringJob> PublishAsync(ScoringJob job, ScoringPlan plan, CancellationToken cancellationToken)
    {
        using var work = folders.Create();
        var (chunks, refused) = (new List<string>(), new List<string>());
        await LayAsync(job.RefusedByReading(plan.ChunkRows), "refused.parquet");
        for (var chunk = 0; chunk < plan.Chunks; chunk++)
        {
            chunks.Add(await work.LayAsync(job.Scored(plan.ChunkRows, chunk), $"scored-{chunk}.parquet", cancellationToken));
            await LayAsync(job.RefusedByFeatures(plan.ChunkRows, chunk), $"refused-{chunk}.parquet");
        }

        var rows = await Task.Run(() => ScoredRows.Join(chunks, work["output"], job.Format, cancellationToken), cancellationToken);
        var refusedRows = refused.Count is 0 ? 0 : ScoredRows.JoinRefused(refused, work["refused"], job.Format, cancellationToken);
        if (refused.Count > 0) await blobs.TryCreateAsync(work["refused"], job.RefusedOutput(), cancellationToken);
        await blobs.TryCreateAsync(work["output"], job.Output(), cancellationToken);
        return job with { Status = ScoringStatus.Done, Rows = rows, RefusedRows = refusedRows, Output = job.Output(), Refused = refused.Count is 0 ? null : job.RefusedOutput() };

        async Task LayAsync(string place, string name)
        {
            if (await work.TryLayAsync(place, name, cancellationToken) is { } file) refused.Add(file);
        }
    }
}
