namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>Every statement that changes the file, prepared once, and the connection they run on. Belongs to the writer's thread.</summary>
internal sealed class StoreWriter(Database database) : IDisposable
{
    private readonly Statement _begin = database.Prepare("BEGIN IMMEDIATE");
    private readonly Statement _commit = database.Prepare("COMMIT");
    private readonly Statement _insertInstance = database.Prepare(
        """
        INSERT INTO instances (key, id, name, version, status, created, updated, start_at, parent_id, tags, custom_status)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        """);
    private readonly Statement _updateInstance = database.Prepare(
        "UPDATE instances SET status = ?2, updated = ?3, custom_status = ?4 WHERE key = ?1");
    private readonly Statement _finishInstance = database.Prepare(
        "UPDATE instances SET status = ?2, updated = ?3, custom_status = ?4, failure = ?5, output = ?6 WHERE key = ?1");
    private readonly Statement _reopenInstance = database.Prepare(
        "UPDATE instances SET status = 0, updated = ?2, failure = NULL, output = NULL WHERE key = ?1 AND status = 3 RETURNING key");
    private readonly Statement _deleteInstance = database.Prepare("DELETE FROM instances WHERE key = ?1");
    private readonly Statement _deleteFinished = database.Prepare("DELETE FROM instances WHERE key = ?1 AND status IN (1, 3, 4, 5) RETURNING key");
    private readonly Statement _insertTurn = database.Prepare("INSERT INTO history (position, events) VALUES (?1, ?2)");
    private readonly Statement _deleteTurns = database.Prepare("DELETE FROM history WHERE position BETWEEN ?1 AND ?2");
    private readonly Statement _insertMessage = database.Prepare("INSERT INTO inbox (position, execution, event) VALUES (?1, ?2, ?3)");
    private readonly Statement _deleteMessages = database.Prepare("DELETE FROM inbox WHERE position BETWEEN ?1 AND ?2");
    private readonly Statement _insertActivity = database.Prepare("INSERT INTO activities (position, turn) VALUES (?1, ?2)");
    private readonly Statement _deleteActivities = database.Prepare("DELETE FROM activities WHERE position BETWEEN ?1 AND ?2");
    private readonly Statement _insertTimer = database.Prepare("INSERT INTO timers (position, due) VALUES (?1, ?2)");
    private readonly Statement _deleteTimers = database.Prepare("DELETE FROM timers WHERE position BETWEEN ?1 AND ?2");

    private readonly Statement _deleteCrashes = database.Prepare("DELETE FROM crashes WHERE position BETWEEN ?1 AND ?2");

    public void Begin() => _begin.Run();

    public void Commit() => _commit.Run();

    public void TryRollback() => database.TryRollback();

    public void InsertInstance(InstanceRow row) => _insertInstance
        .Bind(1, row.Key).Bind(2, row.Id).Bind(3, row.Name).Bind(4, row.Version).Bind(5, (long)row.Status).Bind(6, row.Created)
        .Bind(7, row.Updated).Bind(8, row.StartAt).Bind(9, row.ParentId).Bind(10, row.Tags).Bind(11, row.CustomStatus).Run();

    public void UpdateInstance(long key, OrchestrationRuntimeStatus status, long updated, string? customStatus) =>
        _updateInstance.Bind(1, key).Bind(2, (long)status).Bind(3, updated).Bind(4, customStatus).Run();

    public void FinishInstance(
        long key, OrchestrationRuntimeStatus status, long updated, string? customStatus, byte[]? failure, string? output)
    {
        _finishInstance.Bind(1, key).Bind(2, (long)status).Bind(3, updated).Bind(4, customStatus).Bind(6, output);
        (failure is null ? _finishInstance.BindNull(5) : _finishInstance.Bind(5, failure.AsSpan())).Run();
    }

    /// <summary>Makes a failed instance a running one; false when it is not there or has not failed.</summary>
    public bool TryReopenInstance(long key, long updated)
    {
        try
        {
            return _reopenInstance.Bind(1, key).Bind(2, updated).Step();
        }
        finally
        {
            _reopenInstance.Reset();
        }
    }

    public void InsertTurn(long key, int turn, byte[] events) => _insertTurn.Bind(1, Position.Of(key, turn)).Bind(2, events.AsSpan()).Run();

    public void InsertMessage(long position, string? execution, byte[] events) =>
        _insertMessage.Bind(1, position).Bind(2, execution).Bind(3, events.AsSpan()).Run();

    public void DeleteMessage(long position) => _deleteMessages.Bind(1, position).Bind(2, position).Run();

    public void InsertActivity(long key, int taskId, int turn) => _insertActivity.Bind(1, Position.Of(key, taskId)).Bind(2, (long)turn).Run();

    public void DeleteActivity(long key, int taskId)
    {
        var position = Position.Of(key, taskId);
        _deleteActivities.Bind(1, position).Bind(2, position).Run();
    }

    public void InsertTimer(long key, int timerId, long due) => _insertTimer.Bind(1, Position.Of(key, timerId)).Bind(2, due).Run();

    public void DeleteTimer(long key, int timerId)
    {
        var position = Position.Of(key, timerId);
        _deleteTimers.Bind(1, position).Bind(2, position).Run();
    }

    /// <summary>Forgets what an execution was waiting for.</summary>
    public void DeleteWork(long key)
    {
        _deleteActivities.Bind(1, Position.First(key)).Bind(2, Position.Last(key)).Run();
        _deleteTimers.Bind(1, Position.First(key)).Bind(2, Position.Last(key)).Run();
        _deleteCrashes.Bind(1, Position.First(key)).Bind(2, Position.Last(key)).Run();
    }

    public void DeleteInbox(long key) => _deleteMessages.Bind(1, Position.First(key)).Bind(2, Position.Last(key)).Run();

    public void DeleteHistory(long key) => _deleteTurns.Bind(1, Position.First(key)).Bind(2, Position.Last(key)).Run();

    /// <summary>Deletes a finished instance with its history; false when it is not there or not finished.</summary>
    public bool TryDeleteFinished(long key)
    {
        try
        {
            if (!_deleteFinished.Bind(1, key).Step())
                return false;
        }
        finally
        {
            _deleteFinished.Reset();
        }
        DeleteInstance(key);
        return true;
    }

    public void DeleteInstance(long key)
    {
        DeleteWork(key);
        DeleteInbox(key);
        DeleteHistory(key);
        _deleteInstance.Bind(1, key).Run();
    }

    public void Dispose()
    {
        foreach (var statement in (Statement[])[_begin, _commit, _insertInstance, _updateInstance, _finishInstance, _reopenInstance, _deleteInstance, _deleteFinished, _insertTurn,
            _deleteTurns, _insertMessage, _deleteMessages, _insertActivity, _deleteActivities, _insertTimer, _deleteTimers, _deleteCrashes])
        {
            statement.Dispose();
        }
        database.Dispose();
    }
}
