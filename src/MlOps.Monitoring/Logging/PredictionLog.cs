using System.Buffers;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Storage.Blobs;

namespace MlOps.Monitoring.Logging;

/// <summary>
/// Writes answers to storage beside their way to the caller: who answers only hands over a reference. Answers become JSON lines,
/// lines become segments, each stored whole or not at all; <see cref="PredictionLogOptions.FlushInterval"/> is what a killed process
/// loses at most. Storage that is away is tried again; what no longer fits is left out and counted.
/// </summary>
public sealed partial class PredictionLog : IHostedService, IDisposable
{
    /// <summary>Name of the meter: <c>mlops.predictions.logged</c>, <c>.dropped</c> (rows), <c>.flush_failures</c>.</summary>
    public const string MeterName = "MlOps.Monitoring.Log";

    // Answers that come within this time are written together: who writes each at once is woken for each.
    private static readonly TimeSpan s_gathering = TimeSpan.FromMilliseconds(20);

    private static readonly Meter s_meter = new(MeterName);
    private static readonly Counter<long> s_logged = s_meter.CreateCounter<long>("mlops.predictions.logged", "{row}");
    private static readonly Counter<long> s_dropped = s_meter.CreateCounter<long>("mlops.predictions.dropped", "{row}");
    private static readonly Counter<long> s_failures = s_meter.CreateCounter<long>("mlops.predictions.flush_failures");

    private readonly IBlobStore _blobs;
    private readonly MonitoringSettings _settings;
    private readonly PredictionLogOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<PredictionLog> _logger;
    private readonly Channel<Entry> _waiting = Channel.CreateUnbounded<Entry>(new() { SingleReader = true });
    private readonly Dictionary<string, Segment> _segments = new(StringComparer.Ordinal);
    private readonly AnswerLine _lines;
    // Two writers of one endpoint must not meet in a name.
    private readonly string _writer = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private byte[]? _hashKey;
    private Task _work = Task.CompletedTask;
    private int _waitingRows;
    private long _dropped;
    private long _sequence;

    /// <summary>Prepares the log; nothing is written before it is started.</summary>
    public PredictionLog(
        IBlobStore blobs, MonitoringSettings settings, IOptions<PredictionLogOptions> options, TimeProvider time, ILogger<PredictionLog> logger, AnswerOrigin? origin = null)
    {
        (_blobs, _settings, _options, _time, _logger) = (blobs, settings, options.Value, time, logger);
        _lines = new(origin);
    }

    /// <summary>Rows that were left out since the start, for want of room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Hands an answer over. Never waits.</summary>
    /// <returns>Whether there was room; false: it is counted and left out.</returns>
    public bool TryWrite(LoggedAnswer answer)
    {
        if (!_options.Enabled) return false;
        var rows = Math.Max(1, answer.Instances.Count);
        // The bound is on rows, which are what takes memory: the channel itself needs none.
        if (Interlocked.Add(ref _waitingRows, rows) <= _options.MaxWaitingRows && _waiting.Writer.TryWrite(new(answer, null))) return true;
        Interlocked.Add(ref _waitingRows, -rows);
        Drop(rows);
        return false;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not a BackgroundService, which may end before it has begun: what was handed over is stored in any case.
        _work = Task.Run(WorkAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Stores what was handed over before; what storage does not take now is tried again later.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _waiting.Writer.TryWrite(new(null, flushed)) ? flushed.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    /// <summary>Stores what was handed over and waits until it is there.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        return _work.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    private async Task WorkAsync()
    {
        using var timer = new PeriodicTimer(_options.FlushInterval, _time);
        var tick = timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
        while (true)
        {
            var arrival = _waiting.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
            if (await Task.WhenAny(arrival, tick) == tick)
            {
                await FlushAsync(0);
                tick = timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
            }
            else if (!await arrival)
            {
                break;
            }
            // The machine's time, not the log's: it spares threads, it decides nothing.
            await Task.Delay(s_gathering, TimeProvider.System, CancellationToken.None);
            while (_waiting.Reader.TryRead(out var entry))
            {
                if (entry.Answer is { } answer) await AddAsync(answer);
                if (entry.Flushed is null) continue;
                await FlushAsync(0);
                entry.Flushed.TrySetResult();
            }
        }
        await FlushAsync(0);
    }

    private async Task AddAsync(LoggedAnswer answer)
    {
        var rows = Math.Max(1, answer.Instances.Count);
        try
        {
            // Looked up before anything is written: what is to be hidden never stands in a segment.
            var log = (await _settings.FindAsync(answer.Endpoint, CancellationToken.None))?.Log ?? new();
            _lines.Use(log, log.Hide.Count > 0 ? _hashKey ??= await HashKeys.GetAsync(_blobs, CancellationToken.None) : []);
            if (!_lines.Takes(answer)) return;
            if (_segments.Values.Sum(s => (long)s.Lines.WrittenCount) >= _options.MaxBufferedBytes)
            {
                Drop(rows);
                return;
            }
            if (!_segments.TryGetValue(answer.Endpoint, out var segment)) _segments.Add(answer.Endpoint, segment = new Segment());
            segment.Rows += _lines.Write(answer, segment.Lines);
            await FlushAsync(_options.FlushBytes);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Drop(rows);
            LogFailure(answer.Endpoint, error.Message);
        }
        finally
        {
            Interlocked.Add(ref _waitingRows, -rows);
        }
    }

    private async Task FlushAsync(int atLeast)
    {
        foreach (var (endpoint, segment) in _segments)
        {
            if (segment.Lines.WrittenCount <= atLeast || (atLeast > 0 && _time.GetUtcNow() < segment.NextTry)) continue;
            try
            {
                // Names sort by time, and a name that was tried is kept: stored twice, it is stored once.
                segment.Name ??= $"{PredictionFiles.SegmentsOf(endpoint)}{_time.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmssfff}-{_writer}-{_sequence++:D6}.jsonl";
                await _blobs.TryWriteAsync(segment.Name, segment.Lines.WrittenMemory, WriteCondition.None, CancellationToken.None);
                s_logged.Add(segment.Rows, new KeyValuePair<string, object?>("endpoint", endpoint));
                segment.Clear();
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                s_failures.Add(1, new KeyValuePair<string, object?>("endpoint", endpoint));
                if (segment.NextTry == default) LogFailure(endpoint, error.Message);
                segment.NextTry = _time.GetUtcNow() + _options.FlushInterval;
            }
        }
    }

    private void Drop(int rows)
    {
        s_dropped.Add(rows);
        if (Interlocked.Add(ref _dropped, rows) == rows) LogDropping(_options.MaxWaitingRows);
    }

    /// <summary>An answer, or somebody who waits until those before him are stored.</summary>
    private readonly record struct Entry(LoggedAnswer? Answer, TaskCompletionSource? Flushed);

    /// <summary>Lines of one endpoint that are not stored yet.</summary>
    private sealed class Segment
    {
        public ArrayBufferWriter<byte> Lines { get; private set; } = new(64 * 1024);

        public long Rows { get; set; }

        public string? Name { get; set; }

        public DateTimeOffset NextTry { get; set; }

        public void Clear()
        {
            // A buffer that had to grow once is not kept for ever.
            if (Lines.Capacity > 16 << 20) Lines = new(64 * 1024);
            else Lines.ResetWrittenCount();
            (Rows, Name, NextTry) = (0, null, default);
        }
    }

    [LoggerMessage(6101, LogLevel.Warning, "Endpoint {Endpoint}: predictions cannot be stored now, they are kept and tried again: {Problem}")]
    private partial void LogFailure(string endpoint, string problem);

    [LoggerMessage(6102, LogLevel.Warning, "Predictions come faster than they can be stored: more than {Rows} rows wait, and what comes beyond them is counted and not logged")]
    private partial void LogDropping(int rows);
}
