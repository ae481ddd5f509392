using System.Security.Cryptography;
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
internal sealed class ScoreChunk(ScoringStore store, IBlobStore blobs, WorkFolders folders) : TaskActivity<ChunkOrder, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ChunkOrder input)
    {
        var cancellationToken = context.CancellationToken;
        if (await store.TryGetAsync(input.JobId, cancellationToken) is not { Status: ScoringStatus.Running } job) return false;
        var place = job.Scored(input.ChunkRows, input.Chunk);
        if (await blobs.TryGetInfoAsync(place, cancellationToken) is not null) return true;

        using var work = folders.Create();
        var package = ModelPackage.PathOf(job.Model, job.Version);
        var signature = await blobs.ReadJsonAsync<ModelSignature>(package + ModelPackage.Signature, cancellationToken);
        var transform = await blobs.ReadJsonAsync<FeatureTransform>(package + ModelPackage.Features, cancellationToken);
        var model = await work.LayAsync(package + ModelPackage.Model, "model.onnx", cancellationToken);
        await CheckHashAsync(job, model, cancellationToken);
        await work.LayAsync(job.Rows(input.ChunkRows, input.Chunk), "rows.parquet", cancellationToken);
        var refused = await Task.Run(() => Score(work, job, signature, transform, cancellationToken), cancellationToken);
        // The scored rows last: where they are, all is.
        if (refused) await blobs.TryCreateAsync(work["refused.parquet"], job.RefusedByFeatures(input.ChunkRows, input.Chunk), cancellationToken);
        await blobs.TryCreateAsync(work["scored.parquet"], place, cancellationToken);
        return true;
    }

    /// <returns>Whether rows were set apart.</returns>
    private static bool Score(WorkFolder work, ScoringJob job, ModelSignature signature, FeatureTransform transform, CancellationToken cancellationToken)
    {
        using var model = OnnxModel.Load(work["model.onnx"], signature);
        // The chunks run side by side: each keeps to one thread.
        using var computer = new FeatureComputer(transform, new DuckDbOptions { Threads = 1 });
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

        float[] Score(string path) => [.. computer.ComputeParquet(path, [], cancellationToken).SelectMany(batch => model.Score(batch.Features))];
    }

    private static async Task CheckHashAsync(ScoringJob job, string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        var actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        if (actual != job.ModelSha256)
            throw new NonRetriableTaskException($"Model {job.Model} version {job.Version}: its release names SHA-256 {job.ModelSha256}, its file has {actual}. It was changed after its release; restore it, or release another version.");
    }
}
