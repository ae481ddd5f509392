namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>
/// Activities that wait for a free place. Names take turns, and within a name the instances do, so that a fan-out of thousands delays
/// nobody else by more than one of its activities; a name at its limit is passed over.
/// </summary>
internal sealed class ActivityQueue(int limit, IReadOnlyDictionary<string, int> limitsByName)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, NameQueue> byName = new(StringComparer.Ordinal);
    private readonly Queue<NameQueue> names = new();
    private int running;

    /// <summary>Activities that wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Activities that hold a place.</summary>
    public int Running => running;

    public void Add(ActivityCall call)
    {
        lock (gate)
        {
            var name = call.Scheduled.Name;
            if (!byName.TryGetValue(name, out var queue))
                byName.Add(name, queue = new NameQueue(limitsByName.TryGetValue(name, out var own) ? own : limit));
            if (queue.Add(call))
                names.Enqueue(queue);
            Waiting++;
        }
    }

    /// <summary>Takes the next one together with a place to run; <see langword="null"/> when there is none or no place.</summary>
    public ActivityCall? TryTake()
    {
        lock (gate)
        {
            if (running >= limit)
                return null;
            for (var tries = names.Count; tries > 0; tries--)
            {
                var queue = names.Dequeue();
                var call = queue.TryTake();
                if (queue.HasWaiting)
                    names.Enqueue(queue);
                if (call is null)
                    continue;
                Waiting--;
                running++;
                return call;
            }
            return null;
        }
    }

    /// <summary>Gives the place back.</summary>
    public void Release(ActivityCall call)
    {
        lock (gate)
        {
            running--;
            byName[call.Scheduled.Name].Running--;
        }
    }

    private sealed class NameQueue(int limit)
    {
        private readonly Dictionary<LiveInstance, Queue<ActivityCall>> byInstance = [];
        private readonly Queue<LiveInstance> instances = new();

        public int Running { get; set; }

        public bool HasWaiting => instances.Count > 0;

        /// <returns>Whether it is the first one that waits.</returns>
        public bool Add(ActivityCall call)
        {
            var isFirst = !HasWaiting;
            if (!byInstance.TryGetValue(call.Instance, out var calls))
            {
                byInstance.Add(call.Instance, calls = new Queue<ActivityCall>());
                instances.Enqueue(call.Instance);
            }
            calls.Enqueue(call);
            return isFirst;
        }

        public ActivityCall? TryTake()
        {
            if (Running >= limit)
                return null;
            var instance = instances.Dequeue();
            var calls = byInstance[instance];
            var call = calls.Dequeue();
            if (calls.Count > 0)
                instances.Enqueue(instance);
            else
                byInstance.Remove(instance);
            Running++;
            return call;
        }
    }
}
