using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Replay;

/// <summary>
/// Matches raised events with those who wait for them. Names ignore case; of one name, the first raised goes to the first who still
/// waits. What nobody waits for is kept.
/// </summary>
internal sealed class ExternalEvents(PayloadSerializer serializer)
{
    private readonly Dictionary<string, Queue<DurableWait>> _waiting = new(StringComparer.OrdinalIgnoreCase);
    // One list for all names: the order over all names is what continue-as-new carries over.
    private readonly LinkedList<HistoryEvent> _kept = new();

    /// <summary>Events that nobody has received, oldest first.</summary>
    public IEnumerable<HistoryEvent> Unreceived => _kept;

    /// <summary>Whether anybody waits for any event.</summary>
    public bool IsAnyoneWaiting => _waiting.Values.Any(queue => queue.Any(wait => !wait.IsOver));

    public void Raise(HistoryEvent raised)
    {
        if (_waiting.TryGetValue(raised.EventRaised.Name, out var queue))
        {
            while (queue.TryDequeue(out var wait))
            {
                if (wait.Succeed(raised.EventRaised.Input, serializer))
                    return;
            }
            _waiting.Remove(raised.EventRaised.Name);
        }
        _kept.AddLast(raised);
    }

    public Task<T> WaitFor<T>(string name, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        var wait = new DurableWait<T> { TaskName = $"event {name}" };
        for (var node = _kept.First; node is not null; node = node.Next)
        {
            if (!string.Equals(node.Value.EventRaised.Name, name, StringComparison.OrdinalIgnoreCase))
                continue;
            _kept.Remove(node);
            wait.Succeed(node.Value.EventRaised.Input, serializer);
            return wait.Task;
        }
        if (!_waiting.TryGetValue(name, out var queue))
            _waiting.Add(name, queue = new Queue<DurableWait>());
        queue.Enqueue(wait.CancelledBy(cancellationToken));
        return wait.Task;
    }
}
