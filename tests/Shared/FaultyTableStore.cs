using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Testing;

/// <summary>A table store whose writes fail when a test says so: before anything was written, or after it was, when only the answer is lost.</summary>
internal sealed class FaultyTableStore(ITableStore inner) : ITableStore
{
    /// <summary>Asked before each write: how it goes.</summary>
    public Func<BlobFault> NextWrite { get; set; } = () => BlobFault.None;

    public Task<TableRow?> TryGetAsync(string table, string partition, string row, CancellationToken cancellationToken) => inner.TryGetAsync(table, partition, row, cancellationToken);

    public Task<TablePage> QueryAsync(string table, TableQuery query, CancellationToken cancellationToken) => inner.QueryAsync(table, query, cancellationToken);

    public async Task<string?> TryWriteAsync(string table, string partition, string row, string json, WriteCondition condition, CancellationToken cancellationToken)
    {
        var fault = NextWrite();
        if (fault is BlobFault.Before) throw Away();
        var written = await inner.TryWriteAsync(table, partition, row, json, condition, cancellationToken);
        return fault is BlobFault.After ? throw Away() : written;
    }

    public async Task DeleteAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        var fault = NextWrite();
        if (fault is BlobFault.Before) throw Away();
        await inner.DeleteAsync(table, partition, row, cancellationToken);
        if (fault is BlobFault.After) throw Away();
    }

    private static IOException Away() => new("The table storage is away.");
}
