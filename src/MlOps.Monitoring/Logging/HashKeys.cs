using System.Security.Cryptography;
using MlOps.Storage.Blobs;

namespace MlOps.Monitoring.Logging;

/// <summary>The key of hidden values. Made once, by whoever needs it first; without it, equal values cannot be told from the log.</summary>
internal static class HashKeys
{
    public static async Task<byte[]> GetAsync(IBlobStore blobs, CancellationToken cancellationToken)
    {
        if (await blobs.TryReadAsync(PredictionFiles.HashKey, cancellationToken) is { } known) return known.Content.ToArray();
        await blobs.TryWriteAsync(PredictionFiles.HashKey, RandomNumberGenerator.GetBytes(32), WriteCondition.IfAbsent, cancellationToken);
        return (await blobs.TryReadAsync(PredictionFiles.HashKey, cancellationToken) ?? throw new BlobNotFoundException(PredictionFiles.HashKey)).Content.ToArray();
    }
}
