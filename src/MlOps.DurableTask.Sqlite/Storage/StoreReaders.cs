using System.Collections.Concurrent;

namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>Connections for reading, made when needed and used again.</summary>
internal sealed class StoreReaders(string path) : IDisposable
{
    private readonly ConcurrentBag<StoreReader> idle = [];
    private volatile bool isDisposed;

    /// <summary>A reader for the caller alone, until the lease is disposed of. It must not be held across an await.</summary>
    public Lease Rent()
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        return new(this, idle.TryTake(out var reader) ? reader : new StoreReader(Database.OpenForReading(path)));
    }

    /// <summary>Closes all connections: the idle ones now, the others when they are given back.</summary>
    public void Dispose()
    {
        isDisposed = true;
        CloseIdle();
    }

    private void Return(StoreReader reader)
    {
        idle.Add(reader);
        if (isDisposed)
            CloseIdle();
    }

    private void CloseIdle()
    {
        while (idle.TryTake(out var reader))
            reader.Dispose();
    }

    internal readonly ref struct Lease(StoreReaders owner, StoreReader reader)
    {
        public StoreReader Reader { get; } = reader;

        public void Dispose() => owner.Return(Reader);
    }
}
