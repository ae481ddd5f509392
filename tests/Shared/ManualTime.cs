namespace MlOps.Testing;

/// <summary>A clock that stands still until a test moves it, forwards or back.</summary>
internal sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<ManualTimer> timers = [];
    private DateTimeOffset now = start;
    private TimeSpan elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now;
    }

    public override long GetTimestamp()
    {
        lock (gate)
            return elapsed.Ticks;
    }

    /// <summary>Time passes: the wall clock and all timers go on.</summary>
    public void Advance(TimeSpan time)
    {
        List<ManualTimer> due;
        lock (gate)
        {
            now += time;
            elapsed += time;
            due = timers.FindAll(timer => timer.IsDue(elapsed));
        }
        foreach (var timer in due)
            timer.Ring();
    }

    /// <summary>Somebody sets the wall clock; no time passes.</summary>
    public void Set(DateTimeOffset time)
    {
        lock (gate)
            now = time;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        lock (gate)
            timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualTime time, Action ring) : ITimer
    {
        private TimeSpan? due;
        private TimeSpan period = Timeout.InfiniteTimeSpan;

        public bool IsDue(TimeSpan elapsed) => due <= elapsed;

        public void Ring()
        {
            lock (time.gate)
                due = period == Timeout.InfiniteTimeSpan ? null : time.elapsed + period;
            ring();
        }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            lock (time.gate)
            {
                period = newPeriod;
                due = dueTime == Timeout.InfiniteTimeSpan ? null : time.elapsed + dueTime;
            }
            if (dueTime == TimeSpan.Zero)
                ThreadPool.QueueUserWorkItem(_ => Ring());
            return true;
        }

        public void Dispose()
        {
            lock (time.gate)
                time.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
