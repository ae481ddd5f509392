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
public sealed partial class StorageOwnership : BackgroundService
{
    private const string Blob = "system/owner";
    private static readonly TimeSpan s_renewalInterval = BlobLease.Duration / 4;

    private readonly BlobContainer _container;
    private readonly IBlobStore _blobs;
    private readonly string _leaseIdPath;
    private readonly IHostApplicationLifetime _host;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private BlobLease? _lease;

    internal StorageOwnership(
        BlobContainer container, IBlobStore blobs, string leaseIdPath, IHostApplicationLifetime host, TimeProvider time, ILogger<StorageOwnership> logger) =>
        (_container, _blobs, _leaseIdPath, _host, _time, _logger) = (container, blobs, leaseIdPath, host, time, logger);

    /// <summary>Takes the storage; to be called before anything works on it.</summary>
    /// <exception cref="StorageInUseException">Another host has it.</exception>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        var lease = new BlobLease(_container, Blob, await ReadLeaseIdAsync(cancellationToken));
        await _blobs.TryWriteAsync(Blob, "Leased by the host that works on this storage.\n"u8.ToArray(), WriteCondition.IfAbsent, cancellationToken);
        if (!await lease.TryAcquireAsync(cancellationToken)) throw new StorageInUseException(_container.Address);
        _lease = lease;
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
        if (_lease is null) throw new InvalidOperationException("The storage was not taken before the host started.");
        var renewed = _time.GetTimestamp();
        using var timer = new PeriodicTimer(s_renewalInterval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (await TryRenewAsync(stoppingToken) is { } isHeld)
            {
                if (isHeld)
                {
                    renewed = _time.GetTimestamp();
                    continue;
                }
            }
            // Unknown whether it is still held: work may go on for as long as nobody else can have taken it.
            else if (_time.GetElapsedTime(renewed) < BlobLease.Duration - s_renewalInterval)
            {
                continue;
            }
            LogLost();
            _host.StopApplication();
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
        if (File.Exists(_leaseIdPath) && Guid.TryParse(await File.ReadAllTextAsync(_leaseIdPath, cancellationToken), out var known)) return known.ToString();
        var id = new Guid(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)).ToString();
        Directory.CreateDirectory(Path.GetDirectoryName(_leaseIdPath)!);
        await File.WriteAllTextAsync(_leaseIdPath, id, cancellationToken);
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
    $"Another host works on {container.AbsoluteUri}, or ended without giving it back less than a minute ago. Stop it, wait a minute, or set Storage:Container (and Storage:TablePrefix) to another one.");
