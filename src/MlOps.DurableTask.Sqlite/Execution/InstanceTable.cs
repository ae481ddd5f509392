using System.Collections.Concurrent;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>
/// The instances in memory, by id. An unfinished instance that is not here is unchanged on disk, and found there when it is needed; a
/// change always begins by finding it. So everybody meets at the same object.
/// </summary>
internal sealed class InstanceTable(StoreReaders readers, long lastKey)
{
    private readonly ConcurrentDictionary<string, LiveInstance> _live = new(StringComparer.Ordinal);
    // Looking an id up on disk and entering it must be one step for each id; different ids rarely meet at one lock.
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];
    private long _lastKey = lastKey;

    /// <summary>How many there are.</summary>
    public int Count => _live.Count;

    public ICollection<LiveInstance> All => _live.Values;

    /// <summary>The unfinished instance of an id; <see langword="null"/> when there is none, or it is finished.</summary>
    public LiveInstance? Find(string id)
    {
        if (_live.TryGetValue(id, out var found) && found.Phase != LivePhase.Removed)
            return found;
        lock (StripeOf(id))
        {
            if (_live.TryGetValue(id, out found))
            {
                if (found.Phase != LivePhase.Removed)
                    return found;
                Remove(found);
            }
            using var lease = readers.Rent();
            if (lease.Reader.FindInstance(id) is not { } row || row.Status.IsFinal())
                return null;
            var instance = new LiveInstance(row, LivePhase.Idle);
            instance.Restore(lease.Reader.ReadInbox(row.Key).Select(m => Message.Stored(m.Position, m.Execution, m.Events)));
            _live[id] = instance;
            return instance;
        }
    }

    /// <summary>Enters a new instance, unless its id is taken.</summary>
    /// <param name="id">The id.</param>
    /// <param name="reuse">What to do with one that has it.</param>
    /// <param name="isFresh">The id was drawn at random just now; nobody can have it.</param>
    /// <param name="phase">How the new one begins.</param>
    /// <param name="create">Makes it, given its key and the key of the finished one that it replaces.</param>
    /// <param name="existing">The one that keeps the id.</param>
    /// <returns>The new instance; <see langword="null"/> when the id is taken.</returns>
    public LiveInstance? TryCreate(
        string id, InstanceIdReuse reuse, bool isFresh, LivePhase phase, Func<long, long?, Creation> create, out (OrchestrationRuntimeStatus Status, Task Durable) existing)
    {
        existing = (OrchestrationRuntimeStatus.Pending, Task.CompletedTask);
        lock (StripeOf(id))
        {
            if (_live.TryGetValue(id, out var found))
            {
                if (found.Phase != LivePhase.Removed)
                {
                    existing = (found.Status, found.Creation?.Durable ?? Task.CompletedTask);
                    return null;
                }
                Remove(found);
            }
            var replaced = isFresh ? null : FindRow(id);
            if (replaced is not null && !(reuse == InstanceIdReuse.ReplaceFinished && replaced.Status.IsFinal()))
            {
                existing = (replaced.Status, Task.CompletedTask);
                return null;
            }
            var creation = create(Interlocked.Increment(ref _lastKey), replaced?.Key);
            var instance = new LiveInstance(creation.Row, phase) { Creation = creation };
            lock (instance.Gate)
            {
                instance.GivePlace(creation.Start);
                instance.Add(creation.Start);
            }
            _live[id] = instance;
            return instance;
        }
    }

    /// <summary>Takes out an instance that is finished or dropped; one of the same id that came after it stays.</summary>
    public void Remove(LiveInstance instance) => _live.TryRemove(KeyValuePair.Create(instance.Id, instance));

    /// <summary>Drops the instances that have been idle longest, until at most <paramref name="keep"/> idle ones are left.</summary>
    public void DropIdle(int keep)
    {
        if (_live.Count <= keep)
            return;
        var idle = _live.Values.Where(instance => instance.Phase == LivePhase.Idle).OrderByDescending(instance => instance.IdleSince).Skip(keep);
        foreach (var instance in idle)
        {
            lock (instance.Gate)
            {
                if (!instance.CanBeDropped)
                    continue;
                instance.Phase = LivePhase.Removed;
            }
            Remove(instance);
        }
    }

    private Lock StripeOf(string id) => _stripes[(uint)id.GetHashCode(StringComparison.Ordinal) % (uint)_stripes.Length];

    private InstanceRow? FindRow(string id)
    {
        using var lease = readers.Rent();
        return lease.Reader.FindInstance(id);
    }
}
