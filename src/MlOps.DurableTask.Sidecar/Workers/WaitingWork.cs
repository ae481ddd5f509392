using System.Diagnostics.CodeAnalysis;

namespace MlOps.DurableTask.Sidecar.Workers;

/// <summary>The work items that no worker has, in the order they came. Belongs to the lock of <see cref="RemoteWorkers"/>.</summary>
internal sealed class WaitingWork
{
    private readonly Dictionary<WorkKey, SortedDictionary<long, RemoteWorkItem>> _byKey = [];
    private long _lastOrder;

    public IEnumerable<RemoteWorkItem> All => _byKey.Values.SelectMany(items => items.Values);

    public IEnumerable<WorkKey> Keys => _byKey.Keys;

    /// <summary>Queues an item: at the end, or, if it was queued before, where it was.</summary>
    public void Add(RemoteWorkItem item)
    {
        if (item.Order == 0)
            item.Order = ++_lastOrder;
        if (!_byKey.TryGetValue(item.Key, out var items))
            _byKey.Add(item.Key, items = []);
        items.Add(item.Order, item);
    }

    public void Remove(RemoteWorkItem item)
    {
        if (_byKey.TryGetValue(item.Key, out var items) && items.Remove(item.Order) && items.Count == 0)
            _byKey.Remove(item.Key);
    }

    public RemoteWorkItem Oldest(WorkKey key) => _byKey[key].First().Value;

    /// <summary>The oldest item that a worker has room for, and of these workers the least busy.</summary>
    public bool TryMatch(IReadOnlyList<ConnectedWorker> workers, [NotNullWhen(true)] out RemoteWorkItem? item, [NotNullWhen(true)] out ConnectedWorker? worker)
    {
        (item, worker) = (null, null);
        foreach (var (key, items) in _byKey)
        {
            var able = workers.Where(w => w.HasRoom(key.Kind) && w.Serves(key)).OrderBy(w => w.Load).ToList();
            if (able.Count == 0)
                continue;
            foreach (var candidate in items.Values)
            {
                if (item is not null && item.Order < candidate.Order)
                    break;
                if (able.Find(w => w != candidate.RefusedBy) is not { } taker)
                    continue;
                (item, worker) = (candidate, taker);
                break;
            }
        }
        return item is not null && worker is not null;
    }
}
