using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Tables;

/// <summary>Table documents as values, in the form of <see cref="MlOpsJson"/>.</summary>
public static class TableJson
{
    /// <summary>Reads a document.</summary>
    /// <exception cref="TableRowNotFoundException">There is no such document.</exception>
    /// <exception cref="StoredDocumentException">It is no such value.</exception>
    public static async Task<T> ReadJsonAsync<T>(this ITableStore tables, string table, string partition, string row, CancellationToken cancellationToken) where T : class =>
        await tables.TryReadJsonAsync<T>(table, partition, row, cancellationToken) ?? throw new TableRowNotFoundException(table, partition, row);

    /// <summary>Reads a document, or <see langword="null"/> when there is none.</summary>
    /// <exception cref="StoredDocumentException">It is no such value.</exception>
    public static async Task<T?> TryReadJsonAsync<T>(this ITableStore tables, string table, string partition, string row, CancellationToken cancellationToken) where T : class =>
        (await tables.TryReadVersionedJsonAsync<T>(table, partition, row, cancellationToken))?.Value;

    /// <summary>Reads a document with its ETag, or <see langword="null"/> when there is none.</summary>
    /// <exception cref="StoredDocumentException">It is no such value.</exception>
    public static async Task<Versioned<T>?> TryReadVersionedJsonAsync<T>(this ITableStore tables, string table, string partition, string row, CancellationToken cancellationToken) where T : class =>
        await tables.TryGetAsync(table, partition, row, cancellationToken) is { } found ? new(found.ReadJson<T>(table), found.ETag) : null;

    /// <summary>The value of a row of a page.</summary>
    /// <param name="row">The row.</param>
    /// <param name="table">The table that it is from, for messages.</param>
    /// <exception cref="StoredDocumentException">It is no such value.</exception>
    public static T ReadJson<T>(this TableRow row, string table) where T : class
    {
        var place = $"{table}/{row.Partition}/{row.Row}";
        try
        {
            return JsonSerializer.Deserialize<T>(row.Json, MlOpsJson.Compact) ?? throw new StoredDocumentException(place, typeof(T), null);
        }
        catch (JsonException e)
        {
            throw new StoredDocumentException(place, typeof(T), e);
        }
    }

    /// <summary>Writes a document unless there is one, and answers the one that is there: of racing writers the first wins.</summary>
    /// <exception cref="StoredDocumentException">What is there is no such value.</exception>
    public static async Task<T> CreateOrReadJsonAsync<T>(this ITableStore tables, string table, string partition, string row, T value, CancellationToken cancellationToken) where T : class =>
        await tables.TryWriteJsonAsync(table, partition, row, value, WriteCondition.IfAbsent, cancellationToken) is not null
            ? value
            : await tables.ReadJsonAsync<T>(table, partition, row, cancellationToken);

    /// <summary>Writes a document, replacing what was there.</summary>
    /// <returns>The new ETag.</returns>
    public static async Task<string> WriteJsonAsync<T>(this ITableStore tables, string table, string partition, string row, T value, CancellationToken cancellationToken) where T : class =>
        await tables.TryWriteJsonAsync(table, partition, row, value, WriteCondition.None, cancellationToken)
        ?? throw new InvalidOperationException($"The unconditional write of '{table}/{partition}/{row}' was refused.");

    /// <summary>Writes a document under a condition.</summary>
    /// <returns>The new ETag, or <see langword="null"/> when the condition was not met.</returns>
    public static Task<string?> TryWriteJsonAsync<T>(this ITableStore tables, string table, string partition, string row, T value, WriteCondition condition, CancellationToken cancellationToken) where T : class =>
        tables.TryWriteAsync(table, partition, row, JsonSerializer.Serialize(value, MlOpsJson.Compact), condition, cancellationToken);
}

/// <summary>There is no document of that key.</summary>
public sealed class TableRowNotFoundException(string table, string partition, string row)
    : IOException($"There is no document '{table}/{partition}/{row}'.");
