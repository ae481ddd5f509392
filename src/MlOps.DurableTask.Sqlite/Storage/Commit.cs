namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>
/// Something to be made durable, together with others in one transaction. All members are called on the writer's thread, so what they
/// touch needs no lock against another commit.
/// </summary>
internal abstract class Commit
{
    /// <summary>Writes it. A failure rolls the whole batch back and stops the hub until it has recovered from the file.</summary>
    public abstract void Write(StoreWriter store);

    /// <summary>It is on disk.</summary>
    public abstract void OnDurable();

    /// <summary>It is not on disk and never will be: the file failed.</summary>
    public abstract void OnLost(Exception cause);
}

/// <summary>
/// A commit that may wait a moment because a later one usually makes it unnecessary: a message whose turn is written together with it
/// never needs a row of its own.
/// </summary>
internal abstract class DeferrableCommit : Commit
{
    /// <summary>When it must be written after all, on the clock of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long WriteBy { get; set; }

    /// <summary>Whether it has been written.</summary>
    public bool IsWritten { get; protected set; }

    /// <summary>Whether there is no need to write it any more.</summary>
    public bool IsObsolete { get; set; }
}
