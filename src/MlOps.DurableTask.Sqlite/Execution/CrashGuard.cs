using System.Collections.Concurrent;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>Finds the work items that kill the process, and stops running them.</summary>
internal sealed class CrashGuard : IDisposable
{
    /// <summary>One crash may be anybody's, for all that ran is counted; after the second it is worth finding out.</summary>
    private const int SuspectFrom = 2;

    private readonly RunningMarks _marks;
    private readonly ConcurrentDictionary<long, int> _crashes;
    private readonly int _limit;

    private CrashGuard(RunningMarks marks, ConcurrentDictionary<long, int> crashes, int limit)
    {
        _marks = marks;
        _crashes = crashes;
        _limit = limit;
    }

    /// <summary>Counts what was running when the last process died.</summary>
    public static CrashGuard Open(Database database, TaskHubOptions options)
    {
        var opened = RunningMarks.Open(options.Path, options.MaxConcurrentActivities + options.MaxConcurrentOrchestrations + 1, out var running);
        return new CrashGuard(opened, new(RecoveryReader.CountCrashes(database, running)), options.MaxCrashes);
    }

    /// <summary>Whether the process has died often enough while it ran to keep it away from others.</summary>
    public bool IsSuspect(long position, out int count)
    {
        count = _crashes.IsEmpty ? 0 : _crashes.GetValueOrDefault(position);
        return count >= SuspectFrom;
    }

    /// <summary>Marks a work item as running until the result is disposed of.</summary>
    /// <exception cref="PoisonedWorkItemException">The process has died too often while it ran.</exception>
    public Mark Guard(long position, string what) =>
        !_crashes.IsEmpty && _crashes.GetValueOrDefault(position) is var count && count >= _limit
            ? throw new PoisonedWorkItemException(what, count)
            : new Mark(_marks, _marks.Enter(position));

    /// <summary>Gives an instance's work items a new chance.</summary>
    public void Forget(long key)
    {
        foreach (var position in _crashes.Keys.Where(position => Position.Key(position) == key))
            _crashes.TryRemove(position, out _);
    }

    public void Dispose() => _marks.Dispose();

    internal readonly struct Mark(RunningMarks marks, int slot) : IDisposable
    {
        public void Dispose() => marks.Leave(slot);
    }
}
