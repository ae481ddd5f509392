using MlOps.Core.Scoring;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Scoring;

/// <summary>The records of scoring jobs, and where a job keeps its files.</summary>
public sealed class ScoringJobs(IBlobStore blobs)
{
    private const string Prefix = "scoring/jobs/";
    private const string Record = "/job.json";

    /// <summary>A job, or <see langword="null"/>.</summary>
    public Task<ScoringJob?> TryGetAsync(string id, CancellationToken cancellationToken) =>
        blobs.TryReadJsonAsync<ScoringJob>(PlaceOf(id, "job.json"), cancellationToken);

    /// <summary>All jobs, the newest first.</summary>
    public async Task<IReadOnlyList<ScoringJob>> ListAsync(CancellationToken cancellationToken)
    {
        var jobs = new List<ScoringJob>();
        await foreach (var blob in blobs.ListAsync(Prefix, cancellationToken))
        {
            if (blob.Name.EndsWith(Record, StringComparison.Ordinal) && await blobs.TryReadJsonAsync<ScoringJob>(blob.Name, cancellationToken) is { } job) jobs.Add(job);
        }

        return [.. jobs.OrderByDescending(j => j.CreatedAt)];
    }

    internal static string PlaceOf(string id, string file) => $"{Prefix}{id}/{file}";

    internal async Task<ScoringJob> GetAsync(string id, CancellationToken cancellationToken) => await blobs.ReadJsonAsync<ScoringJob>(PlaceOf(id, "job.json"), cancellationToken);

    internal Task<ScoringJob> AddAsync(ScoringJob job, CancellationToken cancellationToken) => blobs.CreateOrReadJsonAsync(PlaceOf(job.Id, "job.json"), job, cancellationToken);

    /// <summary>Only the job's own activities write, one after the other.</summary>
    internal Task SaveAsync(ScoringJob job, CancellationToken cancellationToken) => blobs.WriteJsonAsync(PlaceOf(job.Id, "job.json"), job, cancellationToken);
}
