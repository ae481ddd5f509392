using MlOps.Core.Scoring;
using MlOps.Data.Scoring;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;

namespace MlOps.Pipelines.Scoring;

/// <summary>Publishes a job's output in one write and closes its record.</summary>
internal sealed class CloseScoring(ScoringJobs jobs, WorkFolders folders, AuditLog audit, TimeProvider time) : TaskActivity<ScoringEnd, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ScoringEnd input)
    {
        var cancellationToken = context.CancellationToken;
        var job = await jobs.GetAsync(input.JobId, cancellationToken);
        if (job.Status is ScoringStatus.Running)
        {
            var output = input.Error is null ? await PublishAsync(job, input.Chunks, cancellationToken) : null;
            job = job with { Status = output is null ? ScoringStatus.Failed : ScoringStatus.Done, Output = output, Reason = input.Error, FinishedAt = time.GetUtcNow() };
            await jobs.SaveAsync(job, cancellationToken);
        }

        var isDone = job.Status is ScoringStatus.Done;
        var detail = isDone ? $"{job.Rows} rows with {job.Model} version {job.Version}, {job.RejectedRows} set apart." : job.Reason!;
        await audit.AppendAsync(new("mlops", isDone ? "scoring.done" : "scoring.failed", $"scoring/{job.Id}", detail) { Key = $"scoring/{job.Id}/closed" }, cancellationToken);
        return isDone;
    }

    private async Task<string> PublishAsync(ScoringJob job, int chunks, CancellationToken cancellationToken)
    {
        using var work = folders.Create();
        var parts = new List<string>();
        for (var chunk = 0; chunk < chunks; chunk++) parts.Add(await work.LayAsync(ScoreChunk.PlaceOf(job.Id, chunk), $"{chunk:D4}.parquet", cancellationToken));
        var name = job.File.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? "scored.csv" : "scored.parquet";
        ScoredRows.Join(parts, work[name], cancellationToken);
        var place = $"scoring/output/{job.Endpoint}/{job.Id}/{name}";
        await work.PublishAsync(name, place, cancellationToken);
        return place;
    }
}
