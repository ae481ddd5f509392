namespace MlOps.DurableTask;

/// <summary>An orchestrator as the engine runs it, whatever its types. Derive from <see cref="TaskOrchestrator{TInput, TOutput}"/> instead.</summary>
public interface ITaskOrchestrator
{
    /// <summary>What the serialized input is read as.</summary>
    Type InputType { get; }

    /// <summary>Runs the orchestrator once, from its first line or through its whole history.</summary>
    Task<object?> RunAsync(TaskOrchestrationContext context, object? input);
}

/// <summary>
/// A durable workflow written as ordinary asynchronous code. It is run again from the start through its recorded history whenever
/// its state is needed, so it must do the same each time: time, ids, delays and all work come from the <see cref="TaskOrchestrationContext"/>,
/// and it awaits nothing else.
/// </summary>
/// <typeparam name="TInput">What it is started with; travels as JSON.</typeparam>
/// <typeparam name="TOutput">What it returns; travels as JSON.</typeparam>
public abstract class TaskOrchestrator<TInput, TOutput> : ITaskOrchestrator
{
    Type ITaskOrchestrator.InputType => typeof(TInput);

    async Task<object?> ITaskOrchestrator.RunAsync(TaskOrchestrationContext context, object? input) =>
        await RunAsync(context, (TInput)input!);

    /// <summary>The workflow.</summary>
    /// <param name="context">The only door to anything that is not computed from the input.</param>
    /// <param name="input">What the instance was started with; default when it was started without input.</param>
    public abstract Task<TOutput> RunAsync(TaskOrchestrationContext context, TInput input);
}
