using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>A new instance on its way to disk: with its first turn, with the turn of its parent, or by itself.</summary>
internal sealed class Creation(InstanceRow row, Message start, long? replaces) : DeferrableCommit
{
    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The instance as it is before its first turn.</summary>
    public InstanceRow Row { get; } = row;

    /// <summary>Its first message, which starts it.</summary>
    public Message Start { get; } = start;

    /// <summary>Done when the instance is on disk.</summary>
    public Task Durable => _durable.Task;

    public override void Write(StoreWriter store)
    {
        if (IsObsolete || IsWritten)
            return;
        WriteRow(store, Row);
        Start.Write(store);
    }

    /// <summary>Writes the instance together with its first turn, which has taken the first message in.</summary>
    public void WriteWithFirstTurn(StoreWriter store, OrchestrationRuntimeStatus status, long updated, string? customStatus)
    {
        WriteRow(store, Row with { Status = status, Updated = updated, CustomStatus = customStatus });
        IsObsolete = true;
    }

    public override void OnDurable()
    {
        _durable.TrySetResult();
        Start.OnDurable();
    }

    public override void OnLost(Exception cause)
    {
        _durable.TrySetException(cause);
        // Nobody may be waiting any more.
        _ = _durable.Task.Exception;
    }

    private void WriteRow(StoreWriter store, InstanceRow instance)
    {
        if (replaces is { } old)
            store.DeleteInstance(old);
        store.InsertInstance(instance);
        IsWritten = true;
    }
}
