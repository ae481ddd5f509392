using System.Diagnostics;
using MlOps.DurableTask.Sqlite.Diagnostics;

namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>A moment at which a crash makes a difference.</summary>
internal enum CommitPoint
{
    /// <summary>All is written and nothing durable.</summary>
    Before,

    /// <summary>All is durable and nobody knows.</summary>
    After,
}

/// <summary>
/// The one thread that writes. Whatever has come up while the last transaction went to disk becomes the next one, so the cost of a
/// flush is shared by all who wait for it, and nobody waits longer than for one flush in front of the own.
/// </summary>
internal sealed class GroupCommitWriter : IDisposable
{
    private readonly Action<CommitPoint>? _onCommit;
    private readonly HubMetrics _metrics;
    private readonly StoreWriter _store;
    private readonly Action<Exception> _onFailure;
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _arrived = new(initialState: false);
    private readonly Queue<DeferrableCommit> _deferred = new();
    private readonly Thread _thread;
    private List<Commit> _waiting = [];
    private bool _stopping;
    private Exception? _failure;

    /// <param name="store">Used by the writer's thread only, from now on.</param>
    /// <param name="metrics">Told of every transaction.</param>
    /// <param name="onFailure">Told once, on the writer's thread, when a batch could not be written. The writer has stopped then.</param>
    /// <param name="onCommit">Called around every commit; whatever it throws is taken for a failure of the file.</param>
    public GroupCommitWriter(StoreWriter store, HubMetrics metrics, Action<Exception> onFailure, Action<CommitPoint>? onCommit = null)
    {
        _metrics = metrics;
        _onCommit = onCommit;
        _store = store;
        _onFailure = onFailure;
        _thread = new Thread(Run) { IsBackground = true, Name = "task hub writer" };
        _thread.Start();
    }

    /// <summary>Queues a commit for the next transaction.</summary>
    public void Submit(Commit commit)
    {
        lock (_gate)
        {
            if (_failure is null && !_stopping)
            {
                _waiting.Add(commit);
                // The writer looks again after every batch; it sleeps only when it has found nothing.
                if (_waiting.Count == 1)
                    _arrived.Set();
                return;
            }
        }
        commit.OnLost(_failure ?? new ObjectDisposedException(nameof(GroupCommitWriter)));
    }

    /// <summary>Queues a commit that is written when its time comes, unless it has become obsolete.</summary>
    public void Defer(DeferrableCommit commit, TimeSpan patience)
    {
        lock (_gate)
        {
            if (_failure is null && !_stopping)
            {
                commit.WriteBy = Stopwatch.GetTimestamp() + (long)(patience.TotalSeconds * Stopwatch.Frequency);
                _deferred.Enqueue(commit);
                if (_deferred.Count == 1)
                    _arrived.Set();
                return;
            }
        }
        commit.OnLost(_failure ?? new ObjectDisposedException(nameof(GroupCommitWriter)));
    }

    /// <summary>Writes what is queued and ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
            _stopping = true;
        _arrived.Set();
        if (Thread.CurrentThread != _thread)
            _thread.Join();
        _store.Dispose();
        _arrived.Dispose();
    }

    private void Run()
    {
        var batch = new List<Commit>();
        while (Take(ref batch))
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                _store.Begin();
                foreach (var commit in batch)
                    commit.Write(_store);
                _onCommit?.Invoke(CommitPoint.Before);
                _store.Commit();
                _onCommit?.Invoke(CommitPoint.After);
                _metrics.Committed(batch.Count, start);
            }
            // Whatever keeps a batch from disk (disk full, damage, a defect of ours) ends the writer; the hub recovers from the file.
            catch (Exception e)
            {
                Fail(batch, e);
                return;
            }
            if (!TryAnnounce(batch))
                return;
            batch.Clear();
        }
    }

    private bool TryAnnounce(List<Commit> batch)
    {
        try
        {
            foreach (var commit in batch)
                commit.OnDurable();
            return true;
        }
        // What is on disk is not announced to all: only starting over from the file makes that good.
        catch (Exception e)
        {
            Fail([], e);
            return false;
        }
    }

    private bool Take(ref List<Commit> batch)
    {
        while (true)
        {
            TimeSpan patience;
            lock (_gate)
            {
                (batch, _waiting) = (_waiting, batch);
                TakeDeferred(batch, out patience);
                if (batch.Count > 0)
                    return true;
                if (_stopping)
                    return false;
            }
            _arrived.WaitOne(patience);
        }
    }

    private void TakeDeferred(List<Commit> batch, out TimeSpan patience)
    {
        patience = Timeout.InfiniteTimeSpan;
        var now = Stopwatch.GetTimestamp();
        while (_deferred.TryPeek(out var next))
        {
            if (!next.IsObsolete && !_stopping && next.WriteBy > now)
            {
                // Rounded up: a wait of 0 ms would spin.
                patience = TimeSpan.FromMilliseconds(1 + (next.WriteBy - now) * 1000 / Stopwatch.Frequency);
                return;
            }
            _deferred.Dequeue();
            if (!next.IsObsolete)
                batch.Add(next);
        }
    }

    private void Fail(List<Commit> batch, Exception cause)
    {
        _store.TryRollback();
        List<Commit> lost;
        lock (_gate)
        {
            _failure = cause;
            lost = [.. batch, .. _waiting, .. _deferred.Where(commit => !commit.IsObsolete)];
            _waiting.Clear();
            _deferred.Clear();
        }
        foreach (var commit in lost)
            commit.OnLost(cause);
        _onFailure(cause);
    }
}
