using Microsoft.Extensions.Options;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Scoring;
using MlOps.Data.Scoring;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Scoring;

/// <summary>What reading a file came to.</summary>
internal sealed record PreparedScoring(int Chunks, long Rows, long RefusedRows);

/// <summary>Takes the file, sets apart the rows that cannot be scored, and cuts the others into chunks. Run again, it meets its result.</summary>
internal sealed class PrepareScoring(
    ScoringStore store, ScoringDrops drops, ScoringSettings settings, CancellationWatch watch, IBlobStore blobs, WorkFolders folders, IOptions<PipelineOptions> options) : TaskActivity<string, ScoringPlan?>
{
    /// <returns>How the rows were cut; <see langword="null"/>: the job has ended already, or is cancelled.</returns>
    public override async Task<ScoringPlan?> RunAsync(TaskActivityContext context, string input)
    {
        var cancellationToken = context.CancellationToken;
        if (await store.TryGetAsync(input, cancellationToken) is not { Status: ScoringStatus.Running } job) return null;
        await TakeAsync(job, cancellationToken);
        var chunkRows = settings.Of(job.Endpoint).ChunkRows ?? options.Value.ScoringChunkRows;
        var prepared = await blobs.TryReadJsonAsync<PreparedScoring>(job.Prepared(chunkRows), cancellationToken)
            ?? await watch.WhileRunningAsync(job.Id, stop => TryPrepareAsync(job, chunkRows, stop), cancellationToken);
        if (prepared is null) return null;
        await store.NoteRowsAsync(job, prepared.Rows, prepared.RefusedRows, cancellationToken);
        return new(prepared.Chunks, chunkRows);
    }

    private async Task TakeAsync(ScoringJob job, CancellationToken cancellationToken)
    {
        if (job.Drop is not { } drop) return;
        var isTaken = await drops.TakeAsync(job, drop, cancellationToken);
        await store.NoteTakenAsync(job, cancellationToken);
        if (!isTaken) throw new NonRetriableTaskException($"The file {drop} was replaced or taken away before it could be read. What lies there now is a job of its own.");
    }

    private async Task<PreparedScoring> TryPrepareAsync(ScoringJob job, int chunkRows, CancellationToken cancellationToken)
    {
        try
        {
            return await PrepareAsync(job, chunkRows, cancellationToken);
        }
        catch (Exception e) when (UserErrors.IsUserError(e))
        {
            throw new NonRetriableTaskException(e.Message, e);
        }
    }

    private async Task<PreparedScoring> PrepareAsync(ScoringJob job, int chunkRows, CancellationToken cancellationToken)
    {
        using var work = folders.Create();
        var package = await VerifiedPackage.OpenAsync(blobs, ModelPackage.PathOf(job.Model, job.Version), job.Package, cancellationToken);
        var transform = await package.ReadJsonAsync<FeatureTransform>(ModelPackage.Features, cancellationToken);
        var profile = await package.ReadJsonAsync<InputProfile>(ModelPackage.Inputs, cancellationToken);
        var source = await work.LayAsync(job.Source(), "source", cancellationToken);
        var rows = await Task.Run(() => new ScoringFile(transform, profile, options.Value.Ingest).Prepare(new(source, job.File), work["rows"], chunkRows, cancellationToken), cancellationToken);
        if (rows.RefusedPath is { } refused) await blobs.TryCreateAsync(refused, job.RefusedByReading(chunkRows), cancellationToken);
        for (var chunk = 0; chunk < rows.Chunks.Count; chunk++) await blobs.TryCreateAsync(rows.Chunks[chunk], job.Rows(chunkRows, chunk), cancellationToken);
        return await blobs.CreateOrReadJsonAsync(job.Prepared(chunkRows), new PreparedScoring(rows.Chunks.Count, rows.Rows, rows.RefusedRows), cancellationToken);
    }
}
