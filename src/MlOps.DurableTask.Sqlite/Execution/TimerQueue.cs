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
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly Action<DueTime> _onDue;
    private readonly Lock _gate = new();
    private readonly PriorityQueue<DueTime, long> _queue = new();
    private readonly ITimer _alarm;

    public TimerQueue(TimeProvider time, Action<DueTime> onDue)
    {
        _time = time;
        _onDue = onDue;
        _alarm = time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(DueTime due)
    {
        lock (_gate)
        {
            _queue.Enqueue(due, due.Due);
            if (_queue.Peek().Due == due.Due)
                SetAlarm();
        }
    }

    public void Dispose() => _alarm.Dispose();

    private void Ring()
    {
        while (TryTakeDue(out var due))
            _onDue(due);
    }

    private bool TryTakeDue(out DueTime due)
    {
        lock (_gate)
        {
            if (_queue.TryPeek(out due, out var at) && at <= _time.GetUtcNow().UtcTicks)
            {
                _queue.Dequeue();
                return true;
            }
            SetAlarm();
            return false;
        }
    }

    private void SetAlarm()
    {
        if (!_queue.TryPeek(out _, out var at))
            return;
        var wait = TimeSpan.FromTicks(Math.Clamp(at - _time.GetUtcNow().UtcTicks, 0, s_longestSleep.Ticks));
        // Timers count whole milliseconds; rounding down would ring too early and again at once.
        _alarm.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        // The clock may have been set on since it was read: what is due by now must not sleep through that wait.
        if (wait > TimeSpan.Zero && at <= _time.GetUtcNow().UtcTicks)
            _alarm.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
