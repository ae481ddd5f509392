namespace MlOps.Storage.Tables;

/// <summary>What the system's records do with their documents, beyond reading and writing one.</summary>
internal static class TableDocuments
{
    /// <summary>Reads, changes and writes back until nobody else has written in between.</summary>
    /// <returns>What stands there afterwards, or <see langword="null"/> when there is no such document.</returns>
    public static async Task<T?> UpdateAsync<T>(
        this ITableStore tables, string table, string partition, string row, Func<T, T> change, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            if (await tables.TryReadVersionedJsonAsync<T>(table, partition, row, cancellationToken) is not { } current) return null;
            var changed = change(current.Value);
            if (ReferenceEquals(changed, current.Value)) return changed;
            if (await tables.TryReplaceAsync(table, partition, row, changed, current.ETag, cancellationToken)) return changed;
        }
    }

    public static async Task<bool> TryInsertAsync<T>(
        this ITableStore tables, string table, string partition, string row, T value, CancellationToken cancellationToken)
        where T : class =>
        await tables.TryWriteJsonAsync(table, partition, row, value, Blobs.WriteCondition.IfAbsent, cancellationToken) is not null;

    public static async Task<bool> TryReplaceAsync<T>(
        this ITableStore tables, string table, string partition, string row, T value, string eTag, CancellationToken cancellationToken)
        where T : class =>
        await tables.TryWriteJsonAsync(table, partition, row, value, Blobs.WriteCondition.IfMatch(eTag), cancellationToken) is not null;

    /// <summary>Every document of a query, page by page.</summary>
    public static async Task<IReadOnlyList<T>> ReadAllAsync<T>(
        this ITableStore tables, string table, TableQuery query, CancellationToken cancellationToken)
        where T : class
    {
        var all = new List<T>();
        TablePage page;
        do
        {
            page = await tables.QueryAsync(table, query, cancellationToken);
            all.AddRange(page.Rows.Select(r => r.ReadJson<T>(table)));
            query = query with { ContinuationToken = page.ContinuationToken };
        }
        while (page.ContinuationToken is not null);
        return all;
    }
}
