using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MlOps.Core.Scoring;
using MlOps.DurableTask;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Scoring;

/// <summary>Takes files to be scored. Taken means: the file is kept and its job goes on, whatever happens to this process.</summary>
public sealed class ScoringDesk(ScoringJobs jobs, IBlobStore blobs, AuditLog audit, DurableTaskClient client, IOptions<PipelineOptions> options, TimeProvider time)
{
    /// <summary>Takes a file. The same file of the same name again is the same job.</summary>
    public async Task<ScoringJob> SubmitAsync(string endpoint, string file, Stream content, string by, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Value.WorkFolder);
        var path = Path.Combine(Path.GetFullPath(options.Value.WorkFolder), Path.GetRandomFileName());
        try
        {
            await using (var local = File.Create(path)) await content.CopyToAsync(local, cancellationToken);
            string hash;
            await using (var local = File.OpenRead(path)) hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(local, cancellationToken));
            var id = $"{endpoint}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{file}\n{hash}")))[..16]}";
            await blobs.UploadAsync(path, ScoringJobs.PlaceOf(id, $"source/{file}"), cancellationToken);
            var job = await jobs.AddAsync(
                new() { Id = id, Endpoint = endpoint, File = file, Status = ScoringStatus.Running, By = by, CreatedAt = time.GetUtcNow() }, cancellationToken);
            await audit.AppendAsync(new(by, "scoring.requested", $"scoring/{id}", $"File {file} for endpoint {endpoint}.") { Key = $"scoring/{id}/requested" }, cancellationToken);
            if (job.Status is ScoringStatus.Running) await StartAsync(id, cancellationToken);
            return job;
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Starts the jobs that a crash left without their orchestration.</summary>
    internal async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var job in (await jobs.ListAsync(cancellationToken)).Where(j => j.Status is ScoringStatus.Running)) await StartAsync(job.Id, cancellationToken);
    }

    private async Task StartAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(nameof(BatchScoring), id, new StartOrchestrationOptions { InstanceId = $"scoring:{id}" }, cancellationToken);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // It is at work already.
        }
    }
}
