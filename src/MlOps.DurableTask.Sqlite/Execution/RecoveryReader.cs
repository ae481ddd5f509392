using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>An activity that was called and has no recorded completion.</summary>
internal sealed record PendingActivity(string InstanceId, string? Execution, string ExecutionToken, HistoryEvent Scheduled);

/// <summary>Reads what a new process must take up. Costs what is unfinished, however much is finished.</summary>
internal static class RecoveryReader
{
    /// <summary>
    /// Deletes what was on its way to an instance that ended, or never came to be, when the process died: keys are given again.
    /// </summary>
    public static void DropOrphans(Database database)
    {
        foreach (var table in (string[])["inbox", "activities", "timers", "crashes"])
        {
            database.Execute(
                $"DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM instances i WHERE i.key = position >> 28 AND i.status NOT IN (1, 3, 4, 5))");
        }
    }

    /// <summary>Timers, and starts that are scheduled.</summary>
    public static List<DueTime> ReadDueTimes(Database database)
    {
        var due = new List<DueTime>();
        using var timers = database.Prepare("SELECT t.position, t.due, i.id FROM timers t JOIN instances i ON i.key = t.position >> 28");
        while (timers.Step())
            due.Add(new DueTime(timers.Text(2), Position.Key(timers.Number(0)), Position.Number(timers.Number(0)), null, timers.Number(1)));

        // Status 6 is pending; the index on status finds these few.
        using var starts = database.Prepare("SELECT key, id, start_at FROM instances WHERE status = 6 AND status <> 1 AND start_at IS NOT NULL");
        while (starts.Step())
            due.Add(new DueTime(starts.Text(1), starts.Number(0), null, null, starts.Number(2)));
        return due;
    }

    /// <summary>Counts one more crash for what was running when the process died, and gives all counts.</summary>
    public static Dictionary<long, int> CountCrashes(Database database, IReadOnlyList<long> running)
    {
        if (running.Count > 0)
        {
            database.Execute("BEGIN IMMEDIATE");
            using (var count = database.Prepare("INSERT INTO crashes (position, count) VALUES (?1, 1) ON CONFLICT (position) DO UPDATE SET count = count + 1"))
            {
                foreach (var position in running)
                    count.Bind(1, position).Run();
            }
            database.Execute("COMMIT");
        }
        var crashes = new Dictionary<long, int>();
        using var all = database.Prepare("SELECT position, count FROM crashes");
        while (all.Step())
            crashes[all.Number(0)] = (int)all.Number(1);
        return crashes;
    }

    public static List<string> ReadInstancesWithMessages(Database database)
    {
        var ids = new List<string>();
        using var statement = database.Prepare("SELECT DISTINCT i.id FROM inbox m JOIN instances i ON i.key = m.position >> 28");
        while (statement.Step())
            ids.Add(statement.Text(0));
        return ids;
    }

    public static List<PendingActivity> ReadActivities(StoreReader reader)
    {
        var calls = new List<(long Key, int TaskId, int Turn, string InstanceId)>();
        using (var statement = reader.Database.Prepare(
            "SELECT a.position, a.turn, i.id FROM activities a JOIN instances i ON i.key = a.position >> 28 ORDER BY a.position"))
        {
            while (statement.Step())
                calls.Add((Position.Key(statement.Number(0)), Position.Number(statement.Number(0)), (int)statement.Number(1), statement.Text(2)));
        }

        var pending = new List<PendingActivity>(calls.Count);
        foreach (var turn in calls.GroupBy(call => (call.Key, call.Turn)))
        {
            // The first turn starts the execution; later ones hold the calls.
            var started = reader.ReadTurn(turn.Key.Key, 1).First(e => e.ExecutionStarted is not null);
            var scheduled = reader.ReadTurn(turn.Key.Key, turn.Key.Turn).Where(e => e.TaskScheduled is not null).ToDictionary(e => e.EventId);
            var token = ExecutionToken.Of(started);
            pending.AddRange(turn.Select(call => new PendingActivity(
                call.InstanceId, started.ExecutionStarted.OrchestrationInstance?.ExecutionId, token, scheduled[call.TaskId])));
        }
        return pending;
    }
}
