using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Scoring;
using MlOps.Data.Features;
using MlOps.Data.Native;
using MlOps.Data.Scoring;
using MlOps.DurableTask;
using MlOps.Inference;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Scoring;

/// <summary>Scores one chunk. Run again, it meets its result; of two that run at once the first to end has made it.</summary>
internal sealed class ScoreChunk(ScoringStore store, CancellationWatch watch, IBlobStore blobs, WorkFolders folders) : TaskActivity<ChunkOrder, bool>
{
    /// <returns>Whether the chunk is scored; false: the job has ended already, or is cancelled.</returns>
    public override async Task<bool> RunAsync(TaskActivityContext context, ChunkOrder input)
    {
        var cancellationToken = context.CancellationToken;
        if (await store.TryGetAsync(input.JobId, cancellationToken) is not { Status: ScoringStatus.Running } job) return false;
        var place = job.Scored(input.ChunkRows, input.Chunk);
        if (await blobs.TryGetInfoAsync(place, cancellationToken) is not null) return true;
        try
        {
            return await watch.WhileRunningAsync(job.Id, stop => ScoreAsync(job, input, place, stop), cancellationToken) is not null;
        }
        catch (Exception e) when (UserErrors.IsUserError(e))
        {
            throw new NonRetriableTaskException(e.Message, e);
        }
    }

    /// <returns>Where the scored rows are.</returns>
    private async Task<string> ScoreAsync(ScoringJob job, ChunkOrder input, string place, CancellationToken cancellationToken)
    {
        using var work = folders.Create();
        var package = await VerifiedPackage.OpenAsync(blobs, ModelPackage.PathOf(job.Model, job.Version), job.Package, cancellationToken);
        var signature = await package.ReadJsonAsync<ModelSignature>(ModelPackage.Signature, cancellationToken);
        var transform = await package.ReadJsonAsync<FeatureTransform>(ModelPackage.Features, cancellationToken);
        using var model = await package.AsLocalFileAsync(ModelPackage.Model, cancellationToken);
        await work.LayAsync(job.Rows(input.ChunkRows, input.Chunk), "rows.parquet", cancellationToken);
        var refused = await Task.Run(() => Score(work, job, model.Path, signature, transform, cancellationToken), cancellationToken);
        // The scored rows last: where they are, all is.
        if (refused) await blobs.TryCreateAsync(work["refused.parquet"], job.RefusedByFeatures(input.ChunkRows, input.Chunk), cancellationToken);
        await blobs.TryCreateAsync(work["scored.parquet"], place, cancellationToken);
        return place;
    }

    /// <returns>Whether rows were set apart.</returns>
    private static bool Score(WorkFolder work, ScoringJob job, string modelPath, ModelSignature signature, FeatureTransform transform, CancellationToken cancellationToken)
    {
        using var model = OnnxModel.Load(modelPath, signature);
        // The chunks run side by side: each keeps to one thread.
        using var computer = FeatureComputer.ForFiles(transform, new DuckDbOptions { Threads = 1 });
        var (rows, refused) = (work["rows.parquet"], false);
        float[] scores;
        try
        {
            scores = Score(rows);
        }
        catch (DuckDbException e) when (!e.OutOfMemory && !e.DiskFull && computer.FindFailures(rows, cancellationToken) is { Count: > 0 } failures)
        {
            (rows, refused) = (work["kept.parquet"], true);
            // In the words of the predict API.
            ScoredRows.SetApart(
                work["rows.parquet"], [.. failures.Select(f => (f.Place, $"The model's features cannot be computed of these rows: {f.Error.Message}"))], rows, work["refused.parquet"], cancellationToken);
            scores = Score(rows);
        }

        ScoredRows.Write(rows, signature, job.Version, scores, job.Format, work["scored.parquet"], cancellationToken);
        return refused;

        float[] Score(string path)
        {
            var answers = new List<float>();
            foreach (var batch in computer.ComputeParquet(path, [], cancellationToken)) answers.AddRange(model.Score(batch.Features));
            return [.. answers];
        }
    }
}
