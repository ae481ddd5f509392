using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Data.Features;
using MlOps.Data.Scoring;
using MlOps.DurableTask;
using MlOps.Inference;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Scoring;

/// <summary>Scores one chunk. Run again, it meets its result.</summary>
internal sealed class ScoreChunk(ScoringJobs jobs, IBlobStore blobs, WorkFolders folders) : TaskActivity<ChunkOrder, bool>
{
    public const long Rows = 100_000;

    public static string PlaceOf(string id, int chunk) => ScoringJobs.PlaceOf(id, $"chunks/{chunk:D4}.parquet");

    public override async Task<bool> RunAsync(TaskActivityContext context, ChunkOrder input)
    {
        var cancellationToken = context.CancellationToken;
        var place = PlaceOf(input.JobId, input.Chunk);
        if (await blobs.TryGetInfoAsync(place, cancellationToken) is not null) return true;

        var job = await jobs.GetAsync(input.JobId, cancellationToken);
        var package = ModelPackage.PathOf(job.Model!, job.Version!.Value);
        var signature = await blobs.ReadJsonAsync<ModelSignature>(package + ModelPackage.Signature, cancellationToken);
        var transform = await blobs.ReadJsonAsync<FeatureTransform>(package + ModelPackage.Features, cancellationToken);
        using var work = folders.Create();
        var modelPath = await work.LayAsync(package + ModelPackage.Model, "model.onnx", cancellationToken);
        var data = await work.LayAsync(ScoringJobs.PlaceOf(job.Id, "data.parquet"), "data.parquet", cancellationToken);
        await Task.Run(Score, cancellationToken);
        await work.PublishAsync("scored.parquet", place, cancellationToken);
        return true;

        void Score()
        {
            var first = input.Chunk * Rows;
            ScoredRows.Cut(data, first, Rows, work["cut.parquet"], cancellationToken);
            using var model = OnnxModel.Load(modelPath, signature);
            using var computer = new FeatureComputer(transform);
            var scores = computer.ComputeParquet(work["cut.parquet"], [], cancellationToken).SelectMany(b => model.Score(b.Features)).ToList();
            ScoredRows.Write(work["cut.parquet"], first, signature, job.Version.Value, scores, work["scored.parquet"], cancellationToken);
        }
    }
}
