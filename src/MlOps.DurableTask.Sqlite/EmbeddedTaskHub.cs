using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.DurableTask.Replay;
using MlOps.DurableTask.Sqlite.Execution;

namespace MlOps.DurableTask.Sqlite;

/// <summary>
/// Keeps a hub at work while the host runs. When the file fails (disk full, I/O error), the hub is dropped and a new one started from the
/// file as soon as that works again; until then clients get the reason as an error.
/// </summary>
internal sealed partial class EmbeddedTaskHub(
    IOptions<TaskHubOptions> options, OrchestratorExecutor executor, ActivityExecutor activities, ILogger<EmbeddedTaskHub> logger,
    TimeProvider? time = null, IRemoteWorkers? remote = null) : IHostedService, IAsyncDisposable
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly CancellationTokenSource _stopping = new();
    private volatile State _state = State.Stopped;
    private Task _watching = Task.CompletedTask;

    /// <summary>The hub at work.</summary>
    /// <exception cref="TaskHubStorageException">It has failed and could not be started again yet.</exception>
    /// <exception cref="InvalidOperationException">The host has not started it, or has stopped.</exception>
    public TaskHub Current => _state switch
    {
        { Hub: { } hub } => hub,
        { Problem: { } problem } => throw new TaskHubStorageException(options.Value.Path, $"the task hub is out of order: {problem.Message}", problem),
        _ => throw new InvalidOperationException("The task hub is not running. Start the host, and call no client after it has stopped."),
    };

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var hub = await OpenAsync();
        _state = new State(hub, null);
        _watching = WatchAsync(hub);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _watching;
        if (Interlocked.Exchange(ref _state, State.Stopped).Hub is { } hub)
            await hub.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopping.IsCancellationRequested)
            await StopAsync(CancellationToken.None);
        _stopping.Dispose();
    }

    private Task<TaskHub> OpenAsync() => TaskHub.OpenAsync(options.Value, executor, activities, remote, _time, logger);

    private async Task WatchAsync(TaskHub? hub)
    {
        while (hub is not null)
        {
            await Task.WhenAny(hub.Failed, Task.Delay(Timeout.InfiniteTimeSpan, _time, _stopping.Token));
            if (!hub.Failed.IsFaulted)
                return;
            var problem = hub.Failed.Exception!.InnerException!;
            LogFailed(problem.Message);
            _state = new State(null, problem);
            await hub.DisposeAsync();
            hub = await ReopenAsync();
            _state = new State(hub, null);
        }
    }

    private async Task<TaskHub?> ReopenAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(options.Value.RestartDelay, _time, _stopping.Token);
                var hub = await OpenAsync();
                LogRecovered(options.Value.Path);
                return hub;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            // The reason may pass (space is freed, a lock is released); until then it is what clients are told.
            catch (IOException e)
            {
                _state = new State(null, e);
                LogStillFailing(options.Value.Path, e.Message);
            }
        }
        return null;
    }

    /// <summary>The hub at work, or why there is none; read and replaced as one, so that clients never meet half a change.</summary>
    private sealed record State(TaskHub? Hub, Exception? Problem)
    {
        public static State Stopped { get; } = new(null, null);
    }

    // The reason says what to do (a full disk, a locked file); where in the code it was met helps nobody who runs it.
    [LoggerMessage(3001, LogLevel.Error, "Task hub failed; it will start over from its file: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(3002, LogLevel.Warning, "Task hub {Path} cannot start yet: {Reason}")]
    private partial void LogStillFailing(string path, string reason);

    [LoggerMessage(3003, LogLevel.Information, "Task hub {Path} is at work again")]
    private partial void LogRecovered(string path);
}
