using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Core.Json;
using MlOps.Serving.Observation;
using MlOps.Serving.Telemetry;
using MlOps.Storage.Blobs;

namespace MlOps.Serving.Replicas;

/// <summary>
/// Processes that serve the same endpoints tell each other, through storage, what they have counted: whichever of them is asked for
/// metrics answers for all. What judges a release stands behind one address and could not ask each.
/// </summary>
internal sealed partial class ReplicaExchange(
    IBlobStore blobs, AnswerStatistics statistics, ReplicaName own, IOptions<ServingOptions> options, TimeProvider time, ILogger<ReplicaExchange> logger) : BackgroundService
{
    private const string Prefix = "serving/";

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Dictionary<string, (string ETag, ReplicaReport Report)> _known = new(StringComparer.Ordinal);
    private byte[] _told = [];
    private long? _clearedAt;
    private bool _isAway;

    private string Place => $"{Prefix}{own.Value}.json";

    /// <summary>What the other processes have told of the last hour. While storage is away: what they told before.</summary>
    public async Task<IReadOnlyList<ReplicaReport>> OthersAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            await TryAsync(ReadAsync, cancellationToken);
            return [.. _known.Values.Select(k => k.Report)];
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Tells a last time, so that what a process has counted outlives it.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(TellAsync, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ReplicaInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryAsync(TellAsync, stoppingToken);
    }

    public override void Dispose()
    {
        _reading.Dispose();
        base.Dispose();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var oldest = time.GetUtcNow() - VariantStatistics.Memory;
        var present = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var blob in blobs.ListAsync(Prefix, cancellationToken))
        {
            if (blob.Name == Place || blob.LastModified < oldest) continue;
            present.Add(blob.Name);
            if (_known.TryGetValue(blob.Name, out var before) && before.ETag == blob.ETag) continue;
            if (await blobs.TryReadVersionedJsonAsync<ReplicaReport>(blob.Name, cancellationToken) is { } read) _known[blob.Name] = (read.ETag, read.Value);
        }

        foreach (var gone in _known.Keys.Except(present, StringComparer.Ordinal).ToList()) _known.Remove(gone);
    }

    /// <summary>Tells what is new. A process that was asked nothing says nothing.</summary>
    private async Task TellAsync(CancellationToken cancellationToken)
    {
        var variants = statistics.Report();
        if (variants.Count is 0) return;
        var counted = JsonSerializer.SerializeToUtf8Bytes(variants, MlOpsJson.Compact);
        if (counted.AsSpan().SequenceEqual(_told)) return;
        var report = JsonSerializer.SerializeToUtf8Bytes(new ReplicaReport(own.Value, variants, DeviceSensors.Read()), MlOpsJson.Compact);
        await blobs.TryWriteAsync(Place, report, WriteCondition.None, cancellationToken);
        _told = counted;
        if (_clearedAt is { } last && time.GetElapsedTime(last) < VariantStatistics.Memory) return;
        await ClearAsync(cancellationToken);
        _clearedAt = time.GetTimestamp();
    }

    /// <summary>Clears away what those left behind who are gone for an hour.</summary>
    private async Task ClearAsync(CancellationToken cancellationToken)
    {
        var oldest = time.GetUtcNow() - VariantStatistics.Memory;
        var forgotten = new List<string>();
        await foreach (var blob in blobs.ListAsync(Prefix, cancellationToken))
        {
            if (blob.LastModified < oldest) forgotten.Add(blob.Name);
        }

        foreach (var name in forgotten) await blobs.DeleteAsync(name, cancellationToken);
    }

    /// <summary>Storage that is away is told once each time: the process's own counts are there all the same.</summary>
    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
            _isAway = false;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            if (!_isAway) LogAway(error.Message);
            _isAway = true;
        }
    }

    [LoggerMessage(4301, LogLevel.Warning, "Metrics of other processes that serve are not to be had, or this one's cannot be told to them: {Problem}")]
    private partial void LogAway(string problem);
}
