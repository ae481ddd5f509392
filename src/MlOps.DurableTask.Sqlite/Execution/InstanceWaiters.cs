namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>Wakes those who wait for an instance to change its status.</summary>
internal sealed class InstanceWaiters
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TaskCompletionSource> _byInstance = new(StringComparer.Ordinal);
    private Exception? _stopped;

    /// <summary>Done at the next change of the instance's status. Ask before looking at the status.</summary>
    public Task NextChangeOf(string instanceId)
    {
        lock (_gate)
        {
            if (_stopped is not null)
                return Task.FromException(_stopped);
            if (!_byInstance.TryGetValue(instanceId, out var change))
                _byInstance.Add(instanceId, change = new(TaskCreationOptions.RunContinuationsAsynchronously));
            return change.Task;
        }
    }

    public void Changed(string instanceId)
    {
        TaskCompletionSource? change;
        lock (_gate)
            _byInstance.Remove(instanceId, out change);
        change?.TrySetResult();
    }

    /// <summary>Nothing will change any more.</summary>
    public void Stop(Exception cause)
    {
        List<TaskCompletionSource> all;
        lock (_gate)
        {
            _stopped = cause;
            all = [.. _byInstance.Values];
            _byInstance.Clear();
        }
        foreach (var change in all)
            change.TrySetException(cause);
    }
}
