using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>Where a live instance is in the circle of taking turns.</summary>
internal enum LivePhase
{
    /// <summary>Its creation is part of a turn of its parent that is not durable yet.</summary>
    Creating,

    /// <summary>Nothing to do.</summary>
    Idle,

    /// <summary>It has messages and waits for a turn.</summary>
    Ready,

    /// <summary>A turn is running or on its way to disk.</summary>
    Busy,

    /// <summary>Not in use any more: finished, or dropped from memory. Look it up again.</summary>
    Removed,
}

/// <summary>
/// An unfinished instance in memory. At most one turn of it is under way at any time; what arrives meanwhile waits in the inbox and is
/// taken in by the next turn, all at once.
/// </summary>
internal sealed class LiveInstance(InstanceRow row, LivePhase phase)
{
    private List<Message> _inbox = [];
    private int _nextMessage;
    private TaskCompletionSource? _endWanted;

    public Lock Gate { get; } = new();

    public long Key { get; } = row.Key;

    public string Id { get; } = row.Id;

    public string Name { get; } = row.Name;

    public string Version { get; } = row.Version;

    /// <summary>No turn before this time, unless to end it. UTC ticks.</summary>
    public long? StartAt { get; } = row.StartAt;

    /// <summary>Guarded by <see cref="Gate"/>.</summary>
    public LivePhase Phase { get; set; } = phase;

    /// <summary>How many messages have a place in the inbox and are not there yet. Guarded by <see cref="Gate"/>.</summary>
    public int Announced { get; set; }

    /// <summary>Activities that are waiting or running. Guarded by <see cref="Gate"/>.</summary>
    public Dictionary<int, ActivityCall> Activities { get; } = [];

    /// <summary>When it became ready for its next turn, on the clock of <see cref="System.Diagnostics.Stopwatch"/>. Guarded by <see cref="Gate"/>.</summary>
    public long ReadySince { get; set; }

    /// <summary>When it last became idle, as a timestamp of the hub's clock. Guarded by <see cref="Gate"/>.</summary>
    public long IdleSince { get; set; }

    /// <summary>Whether nothing would be lost if it were dropped from memory. The caller holds <see cref="Gate"/>.</summary>
    public bool CanBeDropped => Phase == LivePhase.Idle && _inbox.Count == 0 && Announced == 0 && Activities.Count == 0;

    // The rest belongs to the turn that is under way.

    /// <summary>Where its turns are taken; <see langword="null"/> until the first turn in this process.</summary>
    public IOrchestratorTurns? Turns { get; set; }

    public int LastTurn { get; set; }

    public OrchestrationRuntimeStatus Status { get; set; } = row.Status;

    public string? CustomStatus { get; set; } = row.CustomStatus;

    /// <summary>Set until the instance is on disk.</summary>
    public Creation? Creation { get; set; }

    /// <summary>The current execution's start event; <see langword="null"/> before the first turn in this process.</summary>
    public HistoryEvent? Started
    {
        get;
        set
        {
            field = value;
            ExecutionToken = value is null ? "" : Replay.ExecutionToken.Of(value);
        }
    }

    public string? Execution => Started?.ExecutionStarted.OrchestrationInstance?.ExecutionId;

    /// <summary>Tells the current execution from others in idempotency keys; empty before <see cref="Started"/> is known.</summary>
    public string ExecutionToken { get; private set; } = "";

    public bool HasMessages => _inbox.Count > 0;

    /// <summary>Gives a message its place. The caller holds <see cref="Gate"/>.</summary>
    public void GivePlace(Message message) => message.Position = ReservePlace();

    /// <summary>Reserves a place in front of everything that arrives later. The caller holds <see cref="Gate"/>.</summary>
    public long ReservePlace() => Position.Of(Key, _nextMessage++);

    /// <summary>Adds a message that has a place. The caller holds <see cref="Gate"/>.</summary>
    public void Add(Message message)
    {
        _inbox.Add(message);
        if (_endWanted is not null && IsTermination(message))
            _endWanted.TrySetResult();
    }

    /// <summary>Done when the instance is told to end: a turn that waits for a worker elsewhere need not wait any longer.</summary>
    public Task WatchForTermination()
    {
        lock (Gate)
        {
            _endWanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_inbox.Exists(IsTermination))
                _endWanted.TrySetResult();
            return _endWanted.Task;
        }
    }

    /// <summary>Adds a message in front of the others. The caller holds <see cref="Gate"/>.</summary>
    public void AddFirst(Message message) => _inbox.Insert(0, message);

    /// <summary>Adds what was found in the file. The caller is the only one to know the instance yet.</summary>
    public void Restore(IEnumerable<Message> messages)
    {
        _inbox.AddRange(messages);
        _nextMessage = _inbox.Count == 0 ? 0 : Position.Number(_inbox[^1].Position) + 1;
    }

    /// <summary>Empties the inbox. The caller holds <see cref="Gate"/>.</summary>
    public List<Message> TakeMessages()
    {
        var taken = _inbox;
        _inbox = [];
        return taken;
    }

    /// <summary>Whether it may take a turn at this time: it has started, or its scheduled start has come, or it is told to end. The caller holds <see cref="Gate"/>.</summary>
    public bool MayRun(long now) =>
        StartAt is not { } start || start <= now || Status != OrchestrationRuntimeStatus.Pending
        || _inbox.Exists(IsTermination);

    private static bool IsTermination(Message message) => message.Events[0].ExecutionTerminated is not null;
}
