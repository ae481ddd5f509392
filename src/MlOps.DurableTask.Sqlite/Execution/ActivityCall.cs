using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>One activity that is due: waiting for its turn, or running.</summary>
internal sealed class ActivityCall(LiveInstance instance, string? execution, string executionToken, HistoryEvent scheduled)
{
    private int _completed;

    public LiveInstance Instance { get; } = instance;

    /// <summary>The execution that called.</summary>
    public string? Execution { get; } = execution;

    public string ExecutionToken { get; } = executionToken;

    public int TaskId => scheduled.EventId;

    public long Position => Storage.Position.Of(Instance.Key, TaskId);

    public TaskScheduledEvent Scheduled => scheduled.TaskScheduled;

    /// <summary>When it could have run, on the clock of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long ReadySince { get; } = System.Diagnostics.Stopwatch.GetTimestamp();

    /// <summary>Cancelled when nobody wants the result any more.</summary>
    public CancellationTokenSource Unwanted { get; } = new();

    /// <summary>True for the first of several completions, which is the one that counts.</summary>
    public bool TryComplete() => Interlocked.Exchange(ref _completed, 1) == 0;
}
