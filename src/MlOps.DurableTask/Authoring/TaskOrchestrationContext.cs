using Microsoft.Extensions.Logging;

namespace MlOps.DurableTask;

/// <summary>
/// An orchestrator's door to the world. Everything here gives the same answer at every replay. The tasks it returns must be awaited on
/// the orchestrator's own flow: no <c>ConfigureAwait(false)</c>, no <c>Task.Run</c>.
/// </summary>
public abstract class TaskOrchestrationContext
{
    /// <summary>The orchestrator's registered name.</summary>
    public abstract string Name { get; }

    /// <summary>Names this instance within its task hub.</summary>
    public abstract string InstanceId { get; }

    /// <summary>Who started this instance; <see langword="null"/> when a client did.</summary>
    public abstract ParentOrchestrationInstance? Parent { get; }

    /// <summary>The version the instance was started with; empty when none was given.</summary>
    public abstract string Version { get; }

    /// <summary>The labels the instance was started with.</summary>
    public abstract IReadOnlyDictionary<string, string> Tags { get; }

    /// <summary>The orchestration's clock: UTC, stands still between two awaits, never goes back.</summary>
    public abstract DateTime CurrentUtcDateTime { get; }

    /// <summary>Whether this line has run before. For logging and tests; a decision made by it breaks the replay.</summary>
    public abstract bool IsReplaying { get; }

    /// <summary>The instance's input, read as <typeparamref name="T"/>; default when there is none.</summary>
    public abstract T? GetInput<T>();

    /// <summary>Runs an activity and gives its result.</summary>
    /// <param name="name">The activity's registered name.</param>
    /// <param name="input">Travels as JSON. Default: none.</param>
    /// <param name="options">Retries and labels. Default: one attempt.</param>
    /// <exception cref="TaskFailedException">The activity failed, at its last attempt.</exception>
    public abstract Task<TResult> CallActivityAsync<TResult>(string name, object? input = null, TaskOptions? options = null);

    /// <summary>Runs an activity whose result does not matter.</summary>
    /// <inheritdoc cref="CallActivityAsync{TResult}(string, object?, TaskOptions?)"/>
    public virtual Task CallActivityAsync(string name, object? input = null, TaskOptions? options = null) =>
        CallActivityAsync<object?>(name, input, options);

    /// <summary>Starts another orchestration and waits for its result.</summary>
    /// <param name="name">The orchestrator's registered name.</param>
    /// <param name="input">Travels as JSON. Default: none.</param>
    /// <param name="options">Retries and labels; <see cref="SubOrchestrationOptions"/> for the instance id and version.</param>
    /// <exception cref="TaskFailedException">It failed, was terminated, or its id belongs to an instance that is not finished.</exception>
    public abstract Task<TResult> CallSubOrchestratorAsync<TResult>(string name, object? input = null, TaskOptions? options = null);

    /// <summary>Starts another orchestration and waits for its end; its result does not matter.</summary>
    /// <inheritdoc cref="CallSubOrchestratorAsync{TResult}(string, object?, TaskOptions?)"/>
    public virtual Task CallSubOrchestratorAsync(string name, object? input = null, TaskOptions? options = null) =>
        CallSubOrchestratorAsync<object?>(name, input, options);

    /// <summary>Waits until a point in time, over restarts if need be.</summary>
    /// <param name="fireAt">When to go on; UTC, unless its kind says otherwise. A time that has passed goes on at once.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="TaskCanceledException"/>.</param>
    public abstract Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken);

    /// <summary>Waits for a while, over restarts if need be.</summary>
    /// <param name="delay">How long, from <see cref="CurrentUtcDateTime"/>; any length. Zero or less goes on at once.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="TaskCanceledException"/>.</param>
    public virtual Task CreateTimer(TimeSpan delay, CancellationToken cancellationToken)
    {
        var now = CurrentUtcDateTime;
        return CreateTimer(delay < DateTime.MaxValue - now ? now + delay : DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc), cancellationToken);
    }

    /// <summary>
    /// Waits for an event sent to this instance. Events that nobody waits for yet are kept; of the same name, the first raised is the
    /// first received, and the first to wait is the first served.
    /// </summary>
    /// <param name="eventName">Compared ignoring case.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="TaskCanceledException"/>; the event then goes to the next one to wait.</param>
    public abstract Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default);

    /// <summary>Waits for an event, but not for longer than <paramref name="timeout"/>.</summary>
    /// <exception cref="TaskCanceledException">The time is over, or <paramref name="cancellationToken"/> was cancelled.</exception>
    /// <inheritdoc cref="WaitForExternalEvent{T}(string, CancellationToken)"/>
    public async Task<T> WaitForExternalEvent<T>(string eventName, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var received = WaitForExternalEvent<T>(eventName, stop.Token);
        if (received.IsCompleted)
            return await received;
        var timeUp = CreateTimer(timeout, stop.Token);
        var first = await Task.WhenAny(received, timeUp);
        // Whatever did not happen is given up: the timer, or the place in the queue for the event.
        // Not CancelAsync, which would run its callbacks outside the orchestrator's thread.
        stop.Cancel();
        if (first == received)
            return await received;
        cancellationToken.ThrowIfCancellationRequested();
        throw new TaskCanceledException($"No event '{eventName}' came within {timeout}.");
    }

    /// <summary>Raises an event at another instance. Nothing is known of its arrival; an unknown instance discards it.</summary>
    public abstract void SendEvent(string instanceId, string eventName, object? payload);

    /// <summary>
    /// Ends this execution when the orchestrator returns and starts the instance over with a new input and an empty history: the way to
    /// run forever. The orchestrator's return value is then ignored.
    /// </summary>
    /// <param name="newInput">Input of the next execution.</param>
    /// <param name="preserveUnprocessedEvents">Whether events that nobody has received are there for the next execution.</param>
    public abstract void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true);

    /// <summary>Shows clients how far the instance is; travels as JSON.</summary>
    public abstract void SetCustomStatus(object? customStatus);

    /// <summary>An id that is unique and the same at every replay.</summary>
    public abstract Guid NewGuid();

    /// <summary>A logger that is silent while lines are replayed, so that each line is logged once.</summary>
    public abstract ILogger CreateReplaySafeLogger(string categoryName);

    /// <inheritdoc cref="CreateReplaySafeLogger(string)"/>
    public ILogger CreateReplaySafeLogger<T>() => CreateReplaySafeLogger(typeof(T).FullName ?? typeof(T).Name);
}
