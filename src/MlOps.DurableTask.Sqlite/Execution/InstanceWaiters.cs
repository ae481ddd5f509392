namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>Wakes those who wait for an instance to change its status.</summary>
internal sealed class InstanceWaiters
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, TaskCompletionSource> byInstance = new(StringComparer.Ordinal);
    private Exception? stopped;

    /// <summary>Done at the next change of the instance's status. Ask before looking at the status.</summary>
    public Task NextChangeOf(string instanceId)
    {
        lock (gate)
        {
            if (stopped is not null)
                return Task.FromException(stopped);
            if (!byInstance.TryGetValue(instanceId, out var change))
                byInstance.Add(instanceId, change = new(TaskCreationOptions.RunContinuationsAsynchronously));
            return change.Task;
        }
    }

    public void Changed(string instanceId)
    {
        TaskCompletionSource? change;
        lock (gate)
            byInstance.Remove(instanceId, out change);
        change?.TrySetResult();
    }

    /// <summary>Nothing will change any more.</summary>
    public void Stop(Exception cause)
    {
        List<TaskCompletionSource> all;
        lock (gate)
        {
            stopped = cause;
            all = [.. byInstance.Values];
            byInstance.Clear();
        }
        foreach (var change in all)
            change.TrySetException(cause);
    }
}
