namespace MlOps.DurableTask.Sqlite;

/// <summary>A hub's file is in use: one process has one file.</summary>
/// <param name="path">The file.</param>
/// <param name="owner">Who uses it.</param>
/// <param name="innerException">How it was noticed.</param>
public sealed class TaskHubInUseException(string path, string owner, Exception? innerException = null)
    : IOException($"{path}: the task hub is in use by {owner}. Stop that process, talk to it over its HTTP API, or choose another file.", innerException)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>Who uses it: process id, program, machine and since when.</summary>
    public string Owner { get; } = owner;
}
