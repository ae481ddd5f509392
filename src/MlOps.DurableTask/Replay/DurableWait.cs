namespace MlOps.DurableTask.Replay;

/// <summary>Something an orchestrator waits for, seen from the history's side.</summary>
internal abstract class DurableWait
{
    /// <summary>What is waited for, as errors name it.</summary>
    public required string TaskName { get; init; }

    /// <summary>Whether it has ended: with a result, a failure or by cancellation.</summary>
    public abstract bool IsOver { get; }

    /// <summary>Ends the wait with a result, which is read as the type the orchestrator asked for.</summary>
    /// <returns>Whether it was still waiting.</returns>
    public abstract bool Succeed(string? payload, PayloadSerializer serializer);

    /// <summary>Ends the wait with a failure.</summary>
    public abstract void Fail(Exception exception);
}

/// <inheritdoc/>
internal sealed class DurableWait<T> : DurableWait
{
    private readonly TaskCompletionSource<T> _completion = new();
    private CancellationTokenRegistration _cancellation;

    public Task<T> Task => _completion.Task;

    public override bool IsOver => _completion.Task.IsCompleted;

    /// <summary>Lets a token end the wait. Called on the orchestrator's thread, as the cancellation will be.</summary>
    public DurableWait<T> CancelledBy(CancellationToken token)
    {
        if (token.CanBeCanceled)
            _cancellation = token.UnsafeRegister(static (wait, cancelled) => ((DurableWait<T>)wait!)._completion.TrySetCanceled(cancelled), this);
        return this;
    }

    public override bool Succeed(string? payload, PayloadSerializer serializer)
    {
        if (_completion.Task.IsCompleted)
            return false;
        _cancellation.Unregister();
        try
        {
            _completion.TrySetResult(serializer.Deserialize<T>(payload)!);
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or NotSupportedException)
        {
            _completion.TrySetException(new NonRetriableTaskException(
                $"What '{TaskName}' gave cannot be read as {typeof(T)}: {e.Message} Let both sides agree on the type.", e));
        }
        return true;
    }

    public override void Fail(Exception exception)
    {
        _cancellation.Unregister();
        _completion.TrySetException(exception);
    }
}
