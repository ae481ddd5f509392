using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Tables;

/// <summary>A typed document and the ETag it was read with.</summary>
internal sealed record Versioned<T>(T Value, string ETag);

/// <summary>Typed documents on a table store, with optimistic concurrency.</summary>
internal static class TableDocuments
{
    public static async Task<Versioned<T>?> TryReadAsync<T>(
        this ITableStore tables, string table, string partition, string row, CancellationToken cancellationToken) =>
        await tables.TryGetAsync(table, partition, row, cancellationToken) is { } found
            ? new Versioned<T>(Parse<T>(found.Json), found.ETag)
            : null;

    public static async Task<bool> TryInsertAsync<T>(
        this ITableStore tables, string table, string partition, string row, T value, CancellationToken cancellationToken) =>
        await tables.TryWriteAsync(table, partition, row, Format(value), WriteCondition.IfAbsent, cancellationToken) is not null;

    public static async Task<bool> TryReplaceAsync<T>(
        this ITableStore tables, string table, string partition, string row, T value, string eTag, CancellationToken cancellationToken) =>
        await tables.TryWriteAsync(table, partition, row, Format(value), WriteCondition.IfMatch(eTag), cancellationToken) is not null;

    public static Task UpsertAsync<T>(
        this ITableStore tables, string table, string partition, string row, T value, CancellationToken cancellationToken) =>
        tables.TryWriteAsync(table, partition, row, Format(value), WriteCondition.None, cancellationToken);

    /// <summary>Reads, changes and writes back until nobody else has written in between. Returns what was written, or null when there is no such document.</summary>
    public static async Task<T?> UpdateAsync<T>(
        this ITableStore tables, string table, string partition, string row, Func<T, T> change, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            if (await tables.TryReadAsync<T>(table, partition, row, cancellationToken) is not { } current) return null;
            var changed = change(current.Value);
            if (ReferenceEquals(changed, current.Value)) return changed;
            if (await tables.TryReplaceAsync(table, partition, row, changed, current.ETag, cancellationToken)) return changed;
        }
    }

    public static async Task<IReadOnlyList<T>> ReadAllAsync<T>(
        this ITableStore tables, string table, TableQuery query, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        TablePage page;
        do
        {
            page = await tables.QueryAsync(table, query, cancellationToken);
            all.AddRange(page.Rows.Select(r => Parse<T>(r.Json)));
            query = query with { ContinuationToken = page.ContinuationToken };
        }
        while (page.ContinuationToken is not null);
        return all;
    }

    public static T Parse<T>(string json) => JsonSerializer.Deserialize<T>(json, MlOpsJson.Compact)!;

    private static string Format<T>(T value) => JsonSerializer.Serialize(value, MlOpsJson.Compact);
}
