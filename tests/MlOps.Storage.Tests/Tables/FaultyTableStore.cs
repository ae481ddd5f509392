using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Tests.Tables;

/// <summary>A table store of a process that dies at one of its writes: before it, or after it when only the answer is lost.</summary>
internal sealed class FaultyTableStore(ITableStore inner) : ITableStore
{
    private int untilFault = int.MaxValue;
    private bool isDone;

    /// <summary>Whether the fault came.</summary>
    public bool Died { get; private set; }

    /// <summary>Dies once, at a write.</summary>
    /// <param name="write">How many writes go well before.</param>
    /// <param name="afterwards">Whether that write is done.</param>
    public void DieAt(int write, bool afterwards) => (untilFault, isDone, Died) = (write, afterwards, false);

    public Task<TableRow?> TryGetAsync(string table, string partition, string row, CancellationToken cancellationToken) =>
        inner.TryGetAsync(table, partition, row, cancellationToken);

    public Task<TablePage> QueryAsync(string table, TableQuery query, CancellationToken cancellationToken) => inner.QueryAsync(table, query, cancellationToken);

    public Task<string?> TryWriteAsync(string table, string partition, string row, string json, WriteCondition condition, CancellationToken cancellationToken) =>
        WriteAsync(() => inner.TryWriteAsync(table, partition, row, json, condition, cancellationToken));

    public Task DeleteAsync(string table, string partition, string row, CancellationToken cancellationToken) => WriteAsync(async () =>
    {
        await inner.DeleteAsync(table, partition, row, cancellationToken);
        return true;
    });

    private async Task<T> WriteAsync<T>(Func<Task<T>> write)
    {
        if (untilFault-- is not 0) return await write();
        Died = true;
        if (isDone) await write();
        throw new IOException("The process died here.");
    }
}
