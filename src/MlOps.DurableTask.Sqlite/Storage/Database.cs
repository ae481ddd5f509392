using SQLitePCL;

namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>One connection to the hub's file. Used by one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    private readonly sqlite3 _handle;

    static Database() => Batteries_V2.Init();

    private Database(string path, sqlite3 handle)
    {
        Path = path;
        _handle = handle;
    }

    public string Path { get; }

    /// <summary>Opens the file for reading and writing, and creates it if it is missing.</summary>
    public static Database OpenForWriting(string path)
    {
        var database = Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        database.Execute("PRAGMA journal_mode=WAL");
        // A commit is on disk before it is acknowledged. There is no setting to weaken this.
        database.Execute("PRAGMA synchronous=FULL");
        database.Execute("PRAGMA wal_autocheckpoint=4000");
        database.Execute("PRAGMA cache_size=-65536");
        return database;
    }

    /// <summary>Opens a connection that only reads; the file exists.</summary>
    public static Database OpenForReading(string path)
    {
        // Read-write as a file, because a reader of a WAL keeps its place in the shared index; query_only keeps it from more.
        var database = Open(path, raw.SQLITE_OPEN_READWRITE);
        database.Execute("PRAGMA query_only=ON");
        return database;
    }

    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        return new Statement(this, statement);
    }

    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    public long ReadNumber(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Number(0) : 0;
    }

    /// <summary>Rolls back what has not been committed; for use after a failure, so it cannot fail itself.</summary>
    public void TryRollback() => raw.sqlite3_exec(_handle, "ROLLBACK");

    public void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
            throw TaskHubStorageException.FromResult(Path, result, raw.sqlite3_errmsg(_handle).utf8_to_string());
    }

    public void Dispose() => _handle.Dispose();

    private static Database Open(string path, int flags)
    {
        // One thread uses a connection at a time, so SQLite's own locking of it is spared.
        var result = raw.sqlite3_open_v2(path, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        if (result != raw.SQLITE_OK)
        {
            handle?.Dispose();
            throw TaskHubStorageException.FromResult(path, result, raw.sqlite3_errstr(result).utf8_to_string());
        }
        var database = new Database(path, handle);
        try
        {
            raw.sqlite3_busy_timeout(handle, 5000);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
