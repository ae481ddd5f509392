namespace MlOps.Testing;

/// <summary>A clock that stands still until a test moves it, forwards or back.</summary>
internal sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start;
    private TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return _elapsed.Ticks;
    }

    /// <summary>Time passes: the wall clock and all timers go on.</summary>
    public void Advance(TimeSpan time)
    {
        List<ManualTimer> due;
        lock (_gate)
        {
            _now += time;
            _elapsed += time;
            due = _timers.FindAll(timer => timer.IsDue(_elapsed));
        }
        foreach (var timer in due)
            timer.Ring();
    }

    /// <summary>Somebody sets the wall clock; no time passes.</summary>
    public void Set(DateTimeOffset time)
    {
        lock (_gate)
            _now = time;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        lock (_gate)
            _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualTime time, Action ring) : ITimer
    {
        private TimeSpan? _due;
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public bool IsDue(TimeSpan elapsed) => _due <= elapsed;

        public void Ring()
        {
            lock (time._gate)
                _due = _period == Timeout.InfiniteTimeSpan ? null : time._elapsed + _period;
            ring();
        }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            lock (time._gate)
            {
                _period = newPeriod;
                _due = dueTime == Timeout.InfiniteTimeSpan ? null : time._elapsed + dueTime;
            }
            if (dueTime == TimeSpan.Zero)
                ThreadPool.QueueUserWorkItem(_ => Ring());
            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
