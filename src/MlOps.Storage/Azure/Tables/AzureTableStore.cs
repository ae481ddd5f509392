using System.Security.Cryptography;
using System.Text.Json;
using Azure;
using Azure.Core;
using MlOps.Storage.Azure.Connection;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Azure.Tables;

/// <summary>Documents in Azure Table Storage, one entity each. A table is created by the first write that misses it.</summary>
/// <remarks>
/// The service reads in ascending order only. A query in descending order reads everything that it covers from its beginning, one
/// request for 1,000 documents, and keeps the last ones: give such queries a partition, and <see cref="TableQuery.RowFrom"/> where it is known.
/// </remarks>
public sealed class AzureTableStore : ITableStore
{
    /// <summary>Most characters of a table's name in Azure.</summary>
    private const int MostNameCharacters = 63;

    private readonly StorageService _service;
    private readonly TableBatch _batch;
    private readonly string _prefix;

    internal AzureTableStore(StorageService service, string prefix) => (_service, _batch, _prefix) = (service, new TableBatch(service), prefix);

    /// <inheritdoc/>
    public async Task<TableRow?> TryGetAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        CheckKeys(partition, row);
        using var entity = await TryReadEntityAsync(table, partition, row, cancellationToken);
        return entity is null ? null : TableEntity.Read(table, entity.RootElement);
    }

    /// <inheritdoc/>
    public async Task<TablePage> QueryAsync(string table, TableQuery query, CancellationToken cancellationToken)
    {
        if (query.Partition is not null) TableKeys.CheckKey(query.Partition);
        if (query.RowPrefix is not null) TableKeys.CheckKeyPrefix(query.RowPrefix);
        if (query.RowFrom is not null) TableKeys.CheckKeyPrefix(query.RowFrom);
        if (query.Take is < 1 or > 1000) throw new ArgumentOutOfRangeException(nameof(query), query.Take, "A page has 1 to 1,000 documents.");

        var (filter, rows, more) = (TableFilter.Of(query), new Queue<TableRow>(), false);
        string? next = null;
        do
        {
            (var page, next) = await ReadPageAsync(table, filter, query.Descending ? 1000 : query.Take - rows.Count, next, cancellationToken);
            foreach (var row in page)
            {
                rows.Enqueue(row);
                if (rows.Count <= query.Take) continue;
                rows.Dequeue();
                more = true;
            }
        }
        while (next is not null && (query.Descending || rows.Count < query.Take));

        IReadOnlyList<TableRow> found = query.Descending ? [.. rows.Reverse()] : [.. rows];
        return new TablePage(found, (more || next is not null) && found.Count > 0 ? TableContinuation.Write(found[^1].Partition, found[^1].Row) : null);
    }

    /// <inheritdoc/>
    public async Task<string?> TryWriteAsync(string table, string partition, string row, string json, WriteCondition condition, CancellationToken cancellationToken)
    {
        CheckKeys(partition, row);
        TableDocument.Check(table, partition, row, json);
        var (name, match) = (NameOf(table), condition.ETag is { } eTag ? TableEntity.HeaderOf(eTag) : null);
        if (condition.ETag is not null && match is null) return null;

        var mark = RandomNumberGenerator.GetHexString(16, lowercase: true);
        var entity = TableEntity.Write(partition, row, json, mark);
        while (true)
        {
            using var message = condition.MustNotExist
                ? Create("table.insert", RequestMethod.Post, name)
                : Create(match is null ? "table.upsert" : "table.update", RequestMethod.Put, EntityOf(name, partition, row));
            message.Request.Headers.SetValue("Content-Type", "application/json");
            message.Request.Headers.SetValue("Prefer", "return-no-content");
            if (match is not null) message.Request.Headers.SetValue("If-Match", match);
            message.Request.Content = RequestContent.Create(entity);
            var response = await _service.SendAsync(message, cancellationToken);
            switch (response.Status)
            {
                case 201 or 204:
                    return ETagOf(response);
                case 404 when match is not null:
                    return null;
                case 404 when StorageService.CodeOf(response) is "TableNotFound":
                    await CreateTableAsync(name, cancellationToken);
                    continue;
                case 409 when StorageService.CodeOf(response) is "EntityAlreadyExists":
                case 412:
                    // Tried again after a lost answer, a write may have met its own first try.
                    return message.ProcessingContext.RetryNumber > 0 ? await FindOwnWriteAsync(table, partition, row, mark, cancellationToken) : null;
                default:
                    throw StorageService.ErrorOf(message);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TableDocumentKey>> InsertAllAsync(string table, IReadOnlyList<NewTableDocument> documents, CancellationToken cancellationToken)
    {
        foreach (var document in documents)
        {
            CheckKeys(document.Partition, document.Row);
            TableDocument.Check(table, document.Partition, document.Row, document.Json);
        }
        var (name, present) = (NameOf(table), new List<TableDocumentKey>());
        foreach (var batch in TableBatch.Split(documents))
        {
            var outcome = await _batch.TryInsertAsync(name, batch, cancellationToken);
            if (outcome is TableBatchOutcome.NoTable)
            {
                await CreateTableAsync(name, cancellationToken);
                outcome = await _batch.TryInsertAsync(name, batch, cancellationToken);
            }
            if (outcome is TableBatchOutcome.Inserted) continue;
            // Some are there already: one by one tells which.
            foreach (var document in batch)
                if (await TryWriteAsync(table, document.Partition, document.Row, document.Json, WriteCondition.IfAbsent, cancellationToken) is null)
                    present.Add(new(document.Partition, document.Row));
        }
        return present;
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        CheckKeys(partition, row);
        using var message = Create("table.delete", RequestMethod.Delete, EntityOf(NameOf(table), partition, row));
        message.Request.Headers.SetValue("If-Match", "*");
        if (await _service.SendAsync(message, cancellationToken) is { Status: not (204 or 404) }) throw StorageService.ErrorOf(message);
    }

    private async Task<string?> FindOwnWriteAsync(string table, string partition, string row, string mark, CancellationToken cancellationToken)
    {
        using var entity = await TryReadEntityAsync(table, partition, row, cancellationToken);
        return entity is not null && TableEntity.MarkOf(entity.RootElement) == mark ? TableEntity.Read(table, entity.RootElement).ETag : null;
    }

    private async Task<JsonDocument?> TryReadEntityAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        using var message = Create("table.get", RequestMethod.Get, EntityOf(NameOf(table), partition, row));
        var response = await _service.SendAsync(message, cancellationToken);
        return response.Status switch
        {
            200 => JsonDocument.Parse(response.Content),
            404 => null,
            _ => throw StorageService.ErrorOf(message),
        };
    }

    private async Task<(IReadOnlyList<TableRow> Rows, string? Next)> ReadPageAsync(string table, string? filter, int top, string? next, CancellationToken cancellationToken)
    {
        using var message = Create("table.query", RequestMethod.Get, $"{NameOf(table)}()");
        var uri = message.Request.Uri;
        uri.AppendQuery("$top", $"{top}");
        if (filter is not null) uri.AppendQuery("$filter", filter, escapeValue: true);
        if (next is not null) uri.Query += next;
        var response = await _service.SendAsync(message, cancellationToken);
        if (response.Status is 404) return ([], null);
        if (response.Status is not 200) throw StorageService.ErrorOf(message);
        using var body = JsonDocument.Parse(response.Content);
        return ([.. body.RootElement.GetProperty("value").EnumerateArray().Select(e => TableEntity.Read(table, e))], NextOf(response));
    }

    /// <summary>Where the service wants to be asked on, as a part of a query; it may stop a page anywhere, even an empty one.</summary>
    private static string? NextOf(Response response)
    {
        if (!response.Headers.TryGetValue("x-ms-continuation-NextPartitionKey", out var partition)) return null;
        var row = response.Headers.TryGetValue("x-ms-continuation-NextRowKey", out var key) ? $"&NextRowKey={Uri.EscapeDataString(key)}" : "";
        return $"&NextPartitionKey={Uri.EscapeDataString(partition)}{row}";
    }

    private async Task CreateTableAsync(string name, CancellationToken cancellationToken)
    {
        using var message = Create("table.create", RequestMethod.Post, "Tables");
        message.Request.Headers.SetValue("Content-Type", "application/json");
        message.Request.Headers.SetValue("Prefer", "return-no-content");
        message.Request.Content = RequestContent.Create(JsonSerializer.SerializeToUtf8Bytes(new { TableName = name }));
        var response = await _service.SendAsync(message, cancellationToken);
        if (response.Status is 201 or 204 || StorageService.CodeOf(response) is "TableAlreadyExists") return;
        throw StorageService.ErrorOf(message);
    }

    private HttpMessage Create(string operation, RequestMethod method, string path)
    {
        var message = _service.Create(operation, method, path);
        // Minimal metadata: the least with which a query gives ETags.
        message.Request.Headers.SetValue("Accept", "application/json;odata=minimalmetadata");
        message.Request.Headers.SetValue("DataServiceVersion", "3.0");
        return message;
    }

    private string NameOf(string table)
    {
        TableKeys.CheckTable(table);
        var name = _prefix + table;
        return name.Length <= MostNameCharacters
            ? name
            : throw new TableKeyException($"'{table}' is no table name here: with the prefix '{_prefix}' (Storage:TablePrefix) it has {name.Length} characters, more than {MostNameCharacters}.");
    }

    private static string EntityOf(string name, string partition, string row) => $"{name}(PartitionKey='{Escape(partition)}',RowKey='{Escape(row)}')";

    private static string Escape(string key) => Uri.EscapeDataString(key.Replace("'", "''", StringComparison.Ordinal));

    private static string ETagOf(Response response) => response.Headers.TryGetValue("ETag", out var eTag) ? TableEntity.ETagOf(eTag) : "";

    private static void CheckKeys(string partition, string row)
    {
        TableKeys.CheckKey(partition);
        TableKeys.CheckKey(row);
    }
}
