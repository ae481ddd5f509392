using SQLitePCL;

namespace MlOps.DurableTask.Sqlite;

/// <summary>The task hub's file cannot be used as it must be. Nothing that was acknowledged is lost; what was not may be repeated.</summary>
/// <param name="path">The file.</param>
/// <param name="problem">What happened and what to do.</param>
/// <param name="innerException">Where it was noticed.</param>
public sealed class TaskHubStorageException(string path, string problem, Exception? innerException = null)
    : IOException($"{path}: {problem}", innerException)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    internal static TaskHubStorageException FromResult(string path, int result, string? message) => new(path, (result & 0xFF) switch
    {
        raw.SQLITE_FULL => "the disk is full. Free space; the hub tries again by itself.",
        raw.SQLITE_READONLY or raw.SQLITE_PERM => "the file or its folder cannot be written. Check owner and permissions of the file, its -wal and -shm, and the folder.",
        raw.SQLITE_CANTOPEN => "the file cannot be opened. Check that its folder exists and is writable.",
        raw.SQLITE_CORRUPT => $"the file is damaged ({message}). Stop the host, keep a copy, and restore a backup or run 'sqlite3 FILE .recover'.",
        raw.SQLITE_NOTADB => "this is not a task hub's file. Choose another path.",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "another program holds the file locked. Close it; the hub tries again by itself.",
        raw.SQLITE_IOERR => $"reading or writing failed ({message}). Check the disk; the hub tries again by itself.",
        _ => $"SQLite reports {message} (result {result}).",
    });
}
