using System.Text;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>What a trainer printed in a job: <c>log.txt</c> beside its model.</summary>
internal static class TrialLog
{
    public const string FileName = "log.txt";
    private const int KeptLines = 20;

    /// <summary>The last lines, or <see langword="null"/> when the trainer never began to print.</summary>
    public static async Task<string?> TryReadLastLinesAsync(IBlobStore blobs, string folder, CancellationToken cancellationToken)
    {
        if (await blobs.TryGetInfoAsync(folder + FileName, cancellationToken) is null) return null;
        using var reader = new StreamReader(await blobs.OpenReadAsync(folder + FileName, cancellationToken), Encoding.UTF8);
        var kept = new Queue<string>();
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (kept.Count == KeptLines) kept.Dequeue();
            kept.Enqueue(line);
        }

        return string.Join('\n', kept);
    }
}
