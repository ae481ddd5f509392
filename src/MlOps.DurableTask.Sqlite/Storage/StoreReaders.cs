using System.Collections.Concurrent;

namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>Connections for reading, made when needed and used again.</summary>
internal sealed class StoreReaders(string path) : IDisposable
{
    private readonly ConcurrentBag<StoreReader> _idle = [];
    private volatile bool _isDisposed;

    /// <summary>A reader for the caller alone, until the lease is disposed of. It must not be held across an await.</summary>
    public Lease Rent()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new(this, _idle.TryTake(out var reader) ? reader : new StoreReader(Database.OpenForReading(path)));
    }

    /// <summary>Closes all connections: the idle ones now, the others when they are given back.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        CloseIdle();
    }

    private void Return(StoreReader reader)
    {
        _idle.Add(reader);
        if (_isDisposed)
            CloseIdle();
    }

    private void CloseIdle()
    {
        while (_idle.TryTake(out var reader))
            reader.Dispose();
    }

    internal readonly ref struct Lease(StoreReaders owner, StoreReader reader)
    {
        public StoreReader Reader { get; } = reader;

        public void Dispose() => owner.Return(Reader);
    }
}
