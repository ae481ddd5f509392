namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>Something due at a time: a durable timer, or a scheduled start.</summary>
/// <param name="InstanceId">Whose it is.</param>
/// <param name="Key">The instance's key: an instance that was replaced since has another.</param>
/// <param name="TimerId">The timer's id; <see langword="null"/> for a scheduled start.</param>
/// <param name="Execution">The execution that made it; <see langword="null"/> for the current one.</param>
/// <param name="Due">UTC ticks.</param>
internal readonly record struct DueTime(string InstanceId, long Key, int? TimerId, string? Execution, long Due);

/// <summary>
/// Calls back when times come. It looks at the wall clock at least once a minute, so a clock that is set forward or back is noticed;
/// nothing fires twice, and nothing is lost when the clock goes back: it is only later.
/// </summary>
internal sealed class TimerQueue : IDisposable
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly TimeProvider time;
    private readonly Action<DueTime> onDue;
    private readonly Lock gate = new();
    private readonly PriorityQueue<DueTime, long> queue = new();
    private readonly ITimer alarm;

    public TimerQueue(TimeProvider time, Action<DueTime> onDue)
    {
        this.time = time;
        this.onDue = onDue;
        alarm = time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(DueTime due)
    {
        lock (gate)
        {
            queue.Enqueue(due, due.Due);
            if (queue.Peek().Due == due.Due)
                SetAlarm();
        }
    }

    public void Dispose() => alarm.Dispose();

    private void Ring()
    {
        while (TryTakeDue(out var due))
            onDue(due);
    }

    private bool TryTakeDue(out DueTime due)
    {
        lock (gate)
        {
            if (queue.TryPeek(out due, out var at) && at <= time.GetUtcNow().UtcTicks)
            {
                queue.Dequeue();
                return true;
            }
            SetAlarm();
            return false;
        }
    }

    private void SetAlarm()
    {
        if (!queue.TryPeek(out _, out var at))
            return;
        var wait = TimeSpan.FromTicks(Math.Clamp(at - time.GetUtcNow().UtcTicks, 0, LongestSleep.Ticks));
        // Timers count whole milliseconds; rounding down would ring too early and again at once.
        alarm.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        // The clock may have been set on since it was read: what is due by now must not sleep through that wait.
        if (wait > TimeSpan.Zero && at <= time.GetUtcNow().UtcTicks)
            alarm.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
