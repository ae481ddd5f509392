using System.Security.Cryptography;
using MlOps.Core.Scoring;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Scoring;

/// <summary>The files dropped to be scored, and how one of them becomes its job's own.</summary>
internal sealed class ScoringDrops(IBlobStore blobs)
{
    /// <summary>Blob prefix of the folders that files are dropped into, one an endpoint.</summary>
    public const string Folder = "scoring/";

    public static string FolderOf(string endpoint) => $"{Folder}{endpoint}/";

    /// <summary>SHA-256 of a blob, in lower-case hexadecimal digits.</summary>
    public async Task<string> HashAsync(string blob, CancellationToken cancellationToken)
    {
        await using var stream = await blobs.OpenReadAsync(blob, cancellationToken);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    /// <summary>Moves a dropped file to its job. Safe to run again, and for a file that the job has already: there is one of it then.</summary>
    /// <returns>Whether it was, or is, the job's; false: another file lies there, untouched.</returns>
    public async Task<bool> TakeAsync(ScoringJob job, string drop, CancellationToken cancellationToken)
    {
        if (await IsThereAsync(drop)) await blobs.MoveAsync(drop, job.Taken(), cancellationToken);
        if (!await IsThereAsync(job.Taken())) return await IsThereAsync(job.Source());
        if (await HashAsync(job.Taken(), cancellationToken) == job.ContentSha256)
        {
            if (await IsThereAsync(job.Source())) await blobs.DeleteAsync(job.Taken(), cancellationToken);
            else await blobs.MoveAsync(job.Taken(), job.Source(), cancellationToken);
            return true;
        }

        // Somebody replaced it since it was looked at. What came later still stands in for it.
        if (await IsThereAsync(drop)) await blobs.DeleteAsync(job.Taken(), cancellationToken);
        else await blobs.MoveAsync(job.Taken(), drop, cancellationToken);
        return false;

        async Task<bool> IsThereAsync(string blob) => await blobs.TryGetInfoAsync(blob, cancellationToken) is not null;
    }
}
