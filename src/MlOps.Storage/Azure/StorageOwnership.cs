using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlOps.Storage.Azure.Blobs;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Azure;

/// <summary>
/// Keeps two hosts with task hubs of their own from working on one container: each would run what the other's hub runs. The
/// owner holds a lease on a blob and renews it; it stops itself before it could have lost the lease without knowing.
/// </summary>
/// <remarks>The lease's id is kept in the home, so that the same installation, started again after a crash, need not wait.</remarks>
internal sealed partial class StorageOwnership(
    BlobContainer container, IBlobStore blobs, string leaseIdPath, IHostApplicationLifetime host, TimeProvider time, ILogger<StorageOwnership> logger)
    : BackgroundService
{
    private const string Blob = "system/owner";
    private static readonly TimeSpan RenewalInterval = BlobLease.Duration / 4;
    private BlobLease? _lease;

    /// <summary>Takes the storage before anything works on it.</summary>
    /// <exception cref="StorageInUseException">Another host has it.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var lease = new BlobLease(container, Blob, await ReadLeaseIdAsync(cancellationToken));
        await blobs.TryWriteAsync(Blob, "Leased by the host that works on this storage.\n"u8.ToArray(), WriteCondition.IfAbsent, cancellationToken);
        if (!await lease.TryAcquireAsync(cancellationToken)) throw new StorageInUseException(container.AddressOf(""));
        _lease = lease;
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_lease is null) return;
        try
        {
            await _lease.ReleaseAsync(cancellationToken);
        }
        catch (StorageRequestException e)
        {
            // It ends by itself within the minute.
            LogNotReleased(e.Message);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var renewed = time.GetTimestamp();
        using var timer = new PeriodicTimer(RenewalInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (await TryRenewAsync(stoppingToken) is { } isHeld)
            {
                if (isHeld)
                {
                    renewed = time.GetTimestamp();
                    continue;
                }
            }
            // Unknown whether it is still held: work may go on for as long as nobody else can have taken it.
            else if (time.GetElapsedTime(renewed) < BlobLease.Duration - RenewalInterval)
            {
                continue;
            }
            LogLost();
            host.StopApplication();
            return;
        }
    }

    private async Task<bool?> TryRenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _lease!.TryRenewAsync(cancellationToken);
        }
        catch (StorageRequestException e)
        {
            LogNotRenewed(e.Message);
            return null;
        }
    }

    private async Task<string> ReadLeaseIdAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(leaseIdPath) && Guid.TryParse(await File.ReadAllTextAsync(leaseIdPath, cancellationToken), out var known)) return known.ToString();
        var id = new Guid(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)).ToString();
        Directory.CreateDirectory(Path.GetDirectoryName(leaseIdPath)!);
        await File.WriteAllTextAsync(leaseIdPath, id, cancellationToken);
        return id;
    }

    [LoggerMessage(2201, LogLevel.Critical, "Another host may work on this storage: the lease on it could not be kept. This host stops; its runs go on when it is started again")]
    private partial void LogLost();

    [LoggerMessage(2202, LogLevel.Warning, "The lease on the storage could not be renewed yet: {Problem}")]
    private partial void LogNotRenewed(string problem);

    [LoggerMessage(2203, LogLevel.Warning, "The lease on the storage could not be given back, so it ends by itself within a minute: {Problem}")]
    private partial void LogNotReleased(string problem);
}

/// <summary>Another host works on the container.</summary>
public sealed class StorageInUseException(Uri container) : IOException(
    $"Another host works on {container.GetLeftPart(UriPartial.Path)}, or ended without giving it back less than a minute ago. Stop it, wait a minute, or set Storage:Container (and Storage:TablePrefix) to another one.");
