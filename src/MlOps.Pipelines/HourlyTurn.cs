namespace MlOps.Pipelines;

/// <summary>Once an hour at most, however often and by however many at once it is asked for: tidying that others' work brings along. Thread-safe.</summary>
internal sealed class HourlyTurn(TimeProvider time)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromHours(1);
    private readonly Lock _gate = new();
    private DateTimeOffset _next;

    /// <summary>Takes the turn if an hour has passed since the last; the first is there at once.</summary>
    /// <param name="now">The time, UTC.</param>
    public bool TryTake(out DateTimeOffset now)
    {
        now = time.GetUtcNow();
        lock (_gate)
        {
            if (now < _next) return false;
            _next = now + s_pause;
            return true;
        }
    }
}
