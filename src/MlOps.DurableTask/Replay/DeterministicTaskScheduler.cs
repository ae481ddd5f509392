using System.Diagnostics.CodeAnalysis;

namespace MlOps.DurableTask.Replay;

/// <summary>
/// Runs an orchestrator's continuations one after another, in the order in which they became ready, on the thread that entered.
/// A scheduler and not a synchronization context, so that <c>ContinueWith</c> and <c>StartNew</c> stay here too.
/// </summary>
internal sealed class DeterministicTaskScheduler : TaskScheduler
{
    private readonly Queue<Task> ready = new();
    private int owner;

    /// <summary>Whether something became ready on a thread that had not entered: the orchestrator awaited what is not durable.</summary>
    public bool WasEnteredFromOutside { get; private set; }

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Makes the current thread the orchestrator's, until the result is disposed of.</summary>
    public Entrance Enter()
    {
        lock (ready)
            owner = Environment.CurrentManagedThreadId;
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
        lock (ready)
        {
            WasEnteredFromOutside |= owner != Environment.CurrentManagedThreadId;
            ready.Enqueue(task);
        }
    }

    // Never inline: continuations run in the order in which they became ready, whoever made them so.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (ready)
            return [.. ready];
    }

    private bool TryTake([NotNullWhen(true)] out Task? task)
    {
        lock (ready)
            return ready.TryDequeue(out task);
    }

    internal readonly ref struct Entrance
    {
        private readonly DeterministicTaskScheduler scheduler;
        private readonly SynchronizationContext? callers;

        public Entrance(DeterministicTaskScheduler scheduler)
        {
            this.scheduler = scheduler;
            // A synchronization context of the caller would take the continuations away from the scheduler.
            callers = SynchronizationContext.Current;
            if (callers is not null)
                SynchronizationContext.SetSynchronizationContext(null);
        }

        public void Dispose()
        {
            lock (scheduler.ready)
                scheduler.owner = 0;
            if (callers is not null)
                SynchronizationContext.SetSynchronizationContext(callers);
        }
    }
}
