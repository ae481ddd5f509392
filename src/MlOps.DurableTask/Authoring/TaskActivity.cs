namespace MlOps.DurableTask;

/// <summary>An activity as the engine runs it, whatever its types. Derive from <see cref="TaskActivity{TInput, TOutput}"/> instead.</summary>
public interface ITaskActivity
{
    /// <summary>What the serialized input is read as.</summary>
    Type InputType { get; }

    /// <summary>Does the work once.</summary>
    Task<object?> RunAsync(TaskActivityContext context, object? input);
}

/// <summary>
/// One step of work: the place for I/O, clocks and everything an orchestrator may not do. It runs at least once: after a crash it may
/// run again, so it finds its own result or passes <see cref="TaskActivityContext.IdempotencyKey"/> on. One completion is recorded.
/// </summary>
/// <typeparam name="TInput">What the orchestrator passes; travels as JSON.</typeparam>
/// <typeparam name="TOutput">What the orchestrator gets back; travels as JSON.</typeparam>
public abstract class TaskActivity<TInput, TOutput> : ITaskActivity
{
    Type ITaskActivity.InputType => typeof(TInput);

    async Task<object?> ITaskActivity.RunAsync(TaskActivityContext context, object? input) =>
        await RunAsync(context, (TInput)input!);

    /// <summary>Does the work. An exception fails the task; throw <see cref="NonRetriableTaskException"/> where trying again is pointless.</summary>
    /// <param name="context">Who asks, and until when.</param>
    /// <param name="input">What the orchestrator passed; default when it passed none.</param>
    public abstract Task<TOutput> RunAsync(TaskActivityContext context, TInput input);
}
