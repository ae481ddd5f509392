using MlOps.Core.Scoring;
using MlOps.Data.Scoring;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Scoring;

/// <summary>Publishes a job's output, whole and once, and closes its record.</summary>
internal sealed class CloseScoring(ScoringStore store, IBlobStore blobs, WorkFolders folders, TimeProvider time) : TaskActivity<ScoringEnd, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ScoringEnd input)
    {
        var cancellationToken = context.CancellationToken;
        if (await store.TryGetAsync(input.JobId, cancellationToken) is not { } job) return false;
        if (job.Status is ScoringStatus.Running)
        {
            var end = input.Plan is { } plan
                ? await PublishAsync(job, plan, cancellationToken) with { Status = ScoringStatus.Done }
                : job with { Status = ScoringStatus.Failed, Problem = input.Problem };
            job = await store.EndAsync(end with { FinishedAt = time.GetUtcNow() }, cancellationToken);
        }
        else
        {
            // A crash came between the record and the audit log.
            job = await store.EndAsync(job, cancellationToken);
        }

        if (job.Status is not ScoringStatus.Done) return false;
        await CleanAsync(job, cancellationToken);
        return true;
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
        return job with { Rows = rows, RefusedRows = refusedRows, Output = job.Output(), Refused = refused.Count is 0 ? null : job.RefusedOutput() };

        async Task LayAsync(string place, string name)
        {
            if (await work.TryLayAsync(place, name, cancellationToken) is { } file) refused.Add(file);
        }
    }

    private async Task CleanAsync(ScoringJob job, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in blobs.ListAsync(job.PlaceOf(ScoringPlaces.Work), cancellationToken)) names.Add(blob.Name);
        foreach (var name in names) await blobs.DeleteAsync(name, cancellationToken);
    }
}
