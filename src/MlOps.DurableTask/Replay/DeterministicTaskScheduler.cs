using System.Diagnostics.CodeAnalysis;

namespace MlOps.DurableTask.Replay;

/// <summary>
/// Runs an orchestrator's continuations one after another, in the order in which they became ready, on the thread that entered.
/// A scheduler and not a synchronization context, so that <c>ContinueWith</c> and <c>StartNew</c> stay here too.
/// </summary>
internal sealed class DeterministicTaskScheduler : TaskScheduler
{
    private readonly Queue<Task> _ready = new();
    private int _owner;

    /// <summary>Whether something became ready on a thread that had not entered: the orchestrator awaited what is not durable.</summary>
    public bool WasEnteredFromOutside { get; private set; }

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Makes the current thread the orchestrator's, until the result is disposed of.</summary>
    public Entrance Enter()
    {
        lock (_ready)
            _owner = Environment.CurrentManagedThreadId;
        return new Entrance(this);
    }

    /// <summary>Runs until nothing is ready.</summary>
    public void Drain()
    {
        while (TryTake(out var task))
            TryExecuteTask(task);
    }

    protected override void QueueTask(Task task)
    {
        lock (_ready)
        {
            WasEnteredFromOutside |= _owner != Environment.CurrentManagedThreadId;
            _ready.Enqueue(task);
        }
    }

    // Never inline: continuations run in the order in which they became ready, whoever made them so.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_ready)
            return [.. _ready];
    }

    private bool TryTake([NotNullWhen(true)] out Task? task)
    {
        lock (_ready)
            return _ready.TryDequeue(out task);
    }

    internal readonly ref struct Entrance
    {
        private readonly DeterministicTaskScheduler _scheduler;
        private readonly SynchronizationContext? _callers;

        public Entrance(DeterministicTaskScheduler scheduler)
        {
            _scheduler = scheduler;
            // A synchronization context of the caller would take the continuations away from the scheduler.
            _callers = SynchronizationContext.Current;
            if (_callers is not null)
                SynchronizationContext.SetSynchronizationContext(null);
        }

        public void Dispose()
        {
            lock (_scheduler._ready)
                _scheduler._owner = 0;
            if (_callers is not null)
                SynchronizationContext.SetSynchronizationContext(_callers);
        }
    }
}
