namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>A change to the file that belongs to no turn, such as a purge.</summary>
internal sealed class StoreAction(Action<StoreWriter> write) : Commit
{
    private readonly TaskCompletionSource durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when the change is on disk.</summary>
    public Task Durable => durable.Task;

    public override void Write(StoreWriter store) => write(store);

    public override void OnDurable() => durable.TrySetResult();

    public override void OnLost(Exception cause)
    {
        durable.TrySetException(cause);
        // Nobody may be waiting any more.
        _ = durable.Task.Exception;
    }
}
