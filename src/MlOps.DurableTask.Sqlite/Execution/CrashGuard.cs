using System.Collections.Concurrent;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>Finds the work items that kill the process, and stops running them.</summary>
internal sealed class CrashGuard : IDisposable
{
    /// <summary>One crash may be anybody's, for all that ran is counted; after the second it is worth finding out.</summary>
    private const int SuspectFrom = 2;

    private readonly RunningMarks marks;
    private readonly ConcurrentDictionary<long, int> crashes;
    private readonly int limit;

    private CrashGuard(RunningMarks marks, ConcurrentDictionary<long, int> crashes, int limit)
    {
        this.marks = marks;
        this.crashes = crashes;
        this.limit = limit;
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
        count = crashes.IsEmpty ? 0 : crashes.GetValueOrDefault(position);
        return count >= SuspectFrom;
    }

    /// <summary>Marks a work item as running until the result is disposed of.</summary>
    /// <exception cref="PoisonedWorkItemException">The process has died too often while it ran.</exception>
    public Mark Guard(long position, string what) =>
        !crashes.IsEmpty && crashes.GetValueOrDefault(position) is var count && count >= limit
            ? throw new PoisonedWorkItemException(what, count)
            : new Mark(marks, marks.Enter(position));

    /// <summary>Gives an instance's work items a new chance.</summary>
    public void Forget(long key)
    {
        foreach (var position in crashes.Keys.Where(position => Position.Key(position) == key))
            crashes.TryRemove(position, out _);
    }

    public void Dispose() => marks.Dispose();

    internal readonly struct Mark(RunningMarks marks, int slot) : IDisposable
    {
        public void Dispose() => marks.Leave(slot);
    }
}
