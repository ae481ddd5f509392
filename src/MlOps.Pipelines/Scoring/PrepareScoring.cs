using Microsoft.Extensions.Options;
using MlOps.Core.Datasets;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Scoring;

/// <summary>Chooses the version that scores, once for the whole job, and reads the file; what cannot be read is set apart.</summary>
internal sealed class PrepareScoring(ScoringJobs jobs, EndpointStore endpoints, IBlobStore blobs, WorkFolders folders, IOptions<PipelineOptions> options)
    : TaskActivity<string, int>
{
    /// <returns>How many chunks there are.</returns>
    public override async Task<int> RunAsync(TaskActivityContext context, string input)
    {
        var cancellationToken = context.CancellationToken;
        var job = await jobs.GetAsync(input, cancellationToken);
        if (job.Version is null)
        {
            var champion = (await endpoints.TryGetAsync(job.Endpoint, cancellationToken))?.Manifest.Champion()
                ?? throw new NonRetriableTaskException($"Endpoint '{job.Endpoint}' has no version in production. Release one, then send the file under another name.");
            job = job with { Model = champion.Model, Version = champion.Version };
            await jobs.SaveAsync(job, cancellationToken);
        }

        using var work = folders.Create();
        var transform = await blobs.ReadJsonAsync<FeatureTransform>(ModelPackage.PathOf(job.Model!, job.Version!.Value) + ModelPackage.Features, cancellationToken);
        var source = await work.LayAsync(ScoringJobs.PlaceOf(job.Id, $"source/{job.File}"), "source", cancellationToken);
        var landed = Ingest(new(source, job.File), transform, work["landed"], cancellationToken);
        await blobs.UploadAsync(landed.DataPath, ScoringJobs.PlaceOf(job.Id, "data.parquet"), cancellationToken);
        var rejected = landed.RejectsPath is null ? null : $"scoring/output/{job.Endpoint}/{job.Id}/{job.File}.rejected.parquet";
        if (rejected is not null) await blobs.UploadAsync(landed.RejectsPath!, rejected, cancellationToken);
        await jobs.SaveAsync(job with { Rows = landed.Rows, RejectedRows = landed.UnreadableRows, Rejected = rejected }, cancellationToken);
        return (int)((landed.Rows + ScoreChunk.Rows - 1) / ScoreChunk.Rows);
    }

    private IngestResult Ingest(SourceFile source, FeatureTransform transform, string folder, CancellationToken cancellationToken)
    {
        try
        {
            return new DatasetIngestor(limits: options.Value.Ingest).Ingest([source], new DataSpec { Columns = transform.Columns }, folder, cancellationToken);
        }
        catch (Exception e) when (UserErrors.IsUserError(e))
        {
            throw new NonRetriableTaskException(e.Message, e);
        }
    }
}
