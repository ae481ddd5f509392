namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>A change to the file that belongs to no turn, such as a purge.</summary>
internal sealed class StoreAction(Action<StoreWriter> write) : Commit
{
    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when the change is on disk.</summary>
    public Task Durable => _durable.Task;

    public override void Write(StoreWriter store) => write(store);

    public override void OnDurable() => _durable.TrySetResult();

    public override void OnLost(Exception cause)
    {
        _durable.TrySetException(cause);
        // Nobody may be waiting any more.
        _ = _durable.Task.Exception;
    }
}
