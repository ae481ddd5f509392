namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>
/// Activities that wait for a free place. Names take turns, and within a name the instances do, so that a fan-out of thousands delays
/// nobody else by more than one of its activities; a name at its limit is passed over.
/// </summary>
internal sealed class ActivityQueue(int limit, IReadOnlyDictionary<string, int> limitsByName)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, NameQueue> _byName = new(StringComparer.Ordinal);
    private readonly Queue<NameQueue> _names = new();
    private int _running;

    /// <summary>Activities that wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Activities that hold a place.</summary>
    public int Running => _running;

    public void Add(ActivityCall call)
    {
        lock (_gate)
        {
            var name = call.Scheduled.Name;
            if (!_byName.TryGetValue(name, out var queue))
                _byName.Add(name, queue = new NameQueue(limitsByName.TryGetValue(name, out var own) ? own : limit));
            if (queue.Add(call))
                _names.Enqueue(queue);
            Waiting++;
        }
    }

    /// <summary>Takes the next one together with a place to run; <see langword="null"/> when there is none or no place.</summary>
    public ActivityCall? TryTake()
    {
        lock (_gate)
        {
            if (_running >= limit)
                return null;
            for (var tries = _names.Count; tries > 0; tries--)
            {
                var queue = _names.Dequeue();
                var call = queue.TryTake();
                if (queue.HasWaiting)
                    _names.Enqueue(queue);
                if (call is null)
                    continue;
                Waiting--;
                _running++;
                return call;
            }
            return null;
        }
    }

    /// <summary>Gives the place back.</summary>
    public void Release(ActivityCall call)
    {
        lock (_gate)
        {
            _running--;
            _byName[call.Scheduled.Name].Running--;
        }
    }

    private sealed class NameQueue(int limit)
    {
        private readonly Dictionary<LiveInstance, Queue<ActivityCall>> _byInstance = [];
        private readonly Queue<LiveInstance> _instances = new();

        public int Running { get; set; }

        public bool HasWaiting => _instances.Count > 0;

        /// <returns>Whether it is the first one that waits.</returns>
        public bool Add(ActivityCall call)
        {
            var isFirst = !HasWaiting;
            if (!_byInstance.TryGetValue(call.Instance, out var calls))
            {
                _byInstance.Add(call.Instance, calls = new Queue<ActivityCall>());
                _instances.Enqueue(call.Instance);
            }
            calls.Enqueue(call);
            return isFirst;
        }

        public ActivityCall? TryTake()
        {
            if (Running >= limit)
                return null;
            var instance = _instances.Dequeue();
            var calls = _byInstance[instance];
            var call = calls.Dequeue();
            if (calls.Count > 0)
                _instances.Enqueue(instance);
            else
                _byInstance.Remove(instance);
            Running++;
            return call;
        }
    }
}
