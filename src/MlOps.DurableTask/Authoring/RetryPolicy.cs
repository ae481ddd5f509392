namespace MlOps.DurableTask;

/// <summary>When a failed call is tried again. The waits are durable timers: they survive restarts.</summary>
public sealed record RetryPolicy
{
    /// <param name="maxNumberOfAttempts">All attempts, the first included; at least 1.</param>
    /// <param name="firstRetryInterval">Wait before the second attempt; positive.</param>
    /// <param name="backoffCoefficient">Each wait is the previous one times this; at least 1. Default: 1, equal waits.</param>
    /// <param name="maxRetryInterval">No wait is longer; at least <paramref name="firstRetryInterval"/>. Default: no cap.</param>
    /// <param name="retryTimeout">No attempt starts later than this after the first one; positive. Default: no limit.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public RetryPolicy(
        int maxNumberOfAttempts,
        TimeSpan firstRetryInterval,
        double backoffCoefficient = 1.0,
        TimeSpan? maxRetryInterval = null,
        TimeSpan? retryTimeout = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNumberOfAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(firstRetryInterval, TimeSpan.Zero);
        if (!(backoffCoefficient >= 1.0 && double.IsFinite(backoffCoefficient)))
            throw new ArgumentOutOfRangeException(nameof(backoffCoefficient), backoffCoefficient, "The back-off must be a finite number of at least 1.");
        if (maxRetryInterval is { } cap)
            ArgumentOutOfRangeException.ThrowIfLessThan(cap, firstRetryInterval, nameof(maxRetryInterval));
        if (retryTimeout is { } timeout)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero, nameof(retryTimeout));
        MaxNumberOfAttempts = maxNumberOfAttempts;
        FirstRetryInterval = firstRetryInterval;
        BackoffCoefficient = backoffCoefficient;
        MaxRetryInterval = maxRetryInterval;
        RetryTimeout = retryTimeout;
    }

    /// <summary>All attempts, the first included.</summary>
    public int MaxNumberOfAttempts { get; }

    /// <summary>Wait before the second attempt.</summary>
    public TimeSpan FirstRetryInterval { get; }

    /// <summary>Each wait is the previous one times this.</summary>
    public double BackoffCoefficient { get; }

    /// <summary>No wait is longer; <see langword="null"/> for no cap.</summary>
    public TimeSpan? MaxRetryInterval { get; }

    /// <summary>No attempt starts later than this after the first one; <see langword="null"/> for no limit.</summary>
    public TimeSpan? RetryTimeout { get; }

    /// <summary>
    /// Decides by the failure whether to go on; asked before each retry that the other limits allow. It runs inside the orchestrator and
    /// must decide the same in every replay. Default: every failure is retried. A failure marked non-retriable never reaches it.
    /// </summary>
    public Func<RetryContext, bool>? Handler { get; init; }

    /// <summary>The wait after attempt <paramref name="attempt"/> (1 is the first).</summary>
    internal TimeSpan DelayAfter(int attempt)
    {
        var ticks = FirstRetryInterval.Ticks * Math.Pow(BackoffCoefficient, attempt - 1);
        // A duration beyond what TimeSpan can hold is as good as its maximum; the sum with a date is guarded where the timer is made.
        var delay = ticks >= TimeSpan.MaxValue.Ticks ? TimeSpan.MaxValue : TimeSpan.FromTicks((long)ticks);
        return MaxRetryInterval is { } cap && delay > cap ? cap : delay;
    }
}

/// <summary>What a retry handler decides by.</summary>
/// <param name="LastAttemptNumber">How many attempts have failed.</param>
/// <param name="LastFailure">Why the last one did.</param>
/// <param name="TotalRetryTime">Time since the first attempt, on the orchestration's clock.</param>
public sealed record RetryContext(int LastAttemptNumber, TaskFailureDetails LastFailure, TimeSpan TotalRetryTime);
