namespace MlOps.Storage.Azure.Blobs;

/// <summary>
/// A lease on a blob: one holder at a time, for as long as the holder renews it. Who dies without giving it back loses it when it
/// expires. The lease's id is the holder's own, so that the same holder, started again, takes it up at once.
/// </summary>
internal sealed class BlobLease(BlobContainer container, string blob, string leaseId)
{
    /// <summary>How long the service keeps a lease that nobody renews: the longest finite one.</summary>
    public static TimeSpan Duration { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Takes the lease, or takes it up again.</summary>
    /// <returns>Whether it is held now; otherwise somebody else holds it.</returns>
    /// <remarks>The blob must exist.</remarks>
    public Task<bool> TryAcquireAsync(CancellationToken cancellationToken) => TryAcquireAsync(Duration, cancellationToken);

    /// <summary>Takes the lease for 15 to 60 seconds.</summary>
    public Task<bool> TryAcquireAsync(TimeSpan duration, CancellationToken cancellationToken) => container.TryLeaseAsync(blob, "acquire", leaseId, duration, cancellationToken);

    /// <summary>Renews the lease for as long as it was taken.</summary>
    /// <returns>Whether it is still held; otherwise it expired and somebody else has taken it.</returns>
    public Task<bool> TryRenewAsync(CancellationToken cancellationToken) => container.TryLeaseAsync(blob, "renew", leaseId, null, cancellationToken);

    /// <summary>Gives the lease back, so that the next one need not wait.</summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) => container.TryLeaseAsync(blob, "release", leaseId, null, cancellationToken);
}
