using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>
/// What a failed instance's history becomes so that it goes on from its failed steps. The last turn, which failed, is taken back and
/// what it was told is told again. Failures are forgotten, and so run again, unless the history goes on in a way that depends on them:
/// a retry after them, or a compensation. Which ones those are is found out by replaying without them.
/// </summary>
internal sealed class Rewind
{
    private Rewind(List<(int Turn, List<HistoryEvent> Events)> turns, List<HistoryEvent> told)
    {
        Turns = turns;
        Told = told;
        var events = turns.SelectMany(turn => turn.Events).ToList();
        var finished = events.Select(FinishedTask).Concat(told.Select(FinishedTask)).Where(id => id is not null).ToHashSet();
        var open = events.Where(e => !finished.Contains(e.EventId)).ToList();
        OpenTimers = [.. open.Where(e => e.TimerCreated is not null)];
        OpenChildren = [.. open.Where(e => e.SubOrchestrationInstanceCreated is not null)];
        OpenActivities = [.. turns.SelectMany(turn => turn.Events
            .Where(e => e.TaskScheduled is not null && !finished.Contains(e.EventId))
            .Select(e => (turn.Turn, e)))];
    }

    /// <summary>The turns that stay, without the failures.</summary>
    public List<(int Turn, List<HistoryEvent> Events)> Turns { get; }

    /// <summary>What the turn that was taken back had been told, without the failures.</summary>
    public List<HistoryEvent> Told { get; }

    /// <summary>Activities to run (again), with the turn that called them.</summary>
    public List<(int Turn, HistoryEvent Scheduled)> OpenActivities { get; }

    public List<HistoryEvent> OpenTimers { get; }

    public List<HistoryEvent> OpenChildren { get; }

    /// <param name="history">The instance's turns; the last one failed.</param>
    /// <param name="startReplay">A session to try a history out.</param>
    public static Rewind Of(IReadOnlyList<(int Turn, List<HistoryEvent> Events)> history, Func<OrchestrationSession> startReplay)
    {
        var last = history[^1].Events;
        var told = last.Where(e => e.EventId < 0 && !IsFailure(e) && e.ExecutionCompleted is null && e.OrchestratorStarted is null && e.OrchestratorCompleted is null).ToList();
        var turns = history.SkipLast(1).ToList();

        bool IsConsistent(HashSet<HistoryEvent> forgotten)
        {
            var session = startReplay();
            session.Replay(turns.SelectMany(turn => turn.Events).Where(e => !forgotten.Contains(e)));
            return session.Contradiction is null && !session.IsCompleted;
        }

        var failures = turns.SelectMany(turn => turn.Events).Where(IsFailure).ToList();
        var forgotten = new HashSet<HistoryEvent>(failures, ReferenceEqualityComparer.Instance);
        if (failures.Count > 0 && !IsConsistent(forgotten))
        {
            forgotten.Clear();
            foreach (var failure in Enumerable.Reverse(failures))
            {
                forgotten.Add(failure);
                if (!IsConsistent(forgotten))
                    forgotten.Remove(failure);
            }
        }
        return new Rewind([.. turns.Select(turn => (turn.Turn, turn.Events.Where(e => !forgotten.Contains(e)).ToList()))], told);
    }

    private static bool IsFailure(HistoryEvent happened) => happened.TaskFailed is not null || happened.SubOrchestrationInstanceFailed is not null;

    private static int? FinishedTask(HistoryEvent happened) => happened.EventTypeCase switch
    {
        HistoryEvent.EventTypeOneofCase.TaskCompleted => happened.TaskCompleted.TaskScheduledId,
        HistoryEvent.EventTypeOneofCase.TaskFailed => happened.TaskFailed.TaskScheduledId,
        HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCompleted => happened.SubOrchestrationInstanceCompleted.TaskScheduledId,
        HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceFailed => happened.SubOrchestrationInstanceFailed.TaskScheduledId,
        HistoryEvent.EventTypeOneofCase.TimerFired => happened.TimerFired.TimerId,
        _ => null,
    };
}
