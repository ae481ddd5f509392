namespace MlOps.Storage.Tables;

/// <summary>
/// Small JSON documents under a partition and a row key, with optimistic concurrency. Keys: 1 to 512 characters, none of
/// <c>/ \ # ?</c> and no control character. A document is at most 500 KiB of UTF-8 (Azure Tables hold 1 MiB an entity).
/// </summary>
public interface ITableStore
{
    /// <summary>One document, or <see langword="null"/>.</summary>
    Task<TableRow?> TryGetAsync(string table, string partition, string row, CancellationToken cancellationToken);

    /// <summary>Documents in ordinal order of partition, then row.</summary>
    /// <param name="table">The table; lower-case letters and digits, 3 to 63 characters, starting with a letter.</param>
    /// <param name="query">Which ones.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    Task<TablePage> QueryAsync(string table, TableQuery query, CancellationToken cancellationToken);

    /// <summary>Writes a document under a condition.</summary>
    /// <returns>The new ETag, or <see langword="null"/> when the condition was not met.</returns>
    Task<string?> TryWriteAsync(string table, string partition, string row, string json, Blobs.WriteCondition condition, CancellationToken cancellationToken);

    /// <summary>Writes those of many documents that are not there yet, with as few requests as the store can. Not all at once: after an error some may be there.</summary>
    /// <returns>The keys of those that were there already, and were left as they are.</returns>
    async Task<IReadOnlyList<TableDocumentKey>> InsertAllAsync(string table, IReadOnlyList<NewTableDocument> documents, CancellationToken cancellationToken)
    {
        var present = new List<TableDocumentKey>();
        foreach (var (partition, row, json) in documents)
            if (await TryWriteAsync(table, partition, row, json, Blobs.WriteCondition.IfAbsent, cancellationToken) is null) present.Add(new(partition, row));
        return present;
    }

    /// <summary>Deletes a document; deleting what is not there is no error.</summary>
    Task DeleteAsync(string table, string partition, string row, CancellationToken cancellationToken);
}

/// <summary>A document.</summary>
/// <param name="Partition">Its partition.</param>
/// <param name="Row">Its key in the partition.</param>
/// <param name="Json">The document, one JSON object.</param>
/// <param name="ETag">Changes with every write.</param>
public sealed record TableRow(string Partition, string Row, string Json, string ETag);

/// <summary>A document to be written.</summary>
/// <param name="Partition">Its partition.</param>
/// <param name="Row">Its key in the partition.</param>
/// <param name="Json">The document, one JSON object.</param>
public sealed record NewTableDocument(string Partition, string Row, string Json);

/// <summary>Where a document is in its table.</summary>
/// <param name="Partition">Its partition.</param>
/// <param name="Row">Its key in the partition.</param>
public sealed record TableDocumentKey(string Partition, string Row);

/// <summary>Which documents to read.</summary>
public sealed record TableQuery
{
    /// <summary>Only this partition; <see langword="null"/>: all.</summary>
    public string? Partition { get; init; }

    /// <summary>Only rows whose key starts so; <see langword="null"/>: all.</summary>
    public string? RowPrefix { get; init; }

    /// <summary>Only rows from this key on; <see langword="null"/>: all.</summary>
    public string? RowFrom { get; init; }

    /// <summary>Largest number of documents in the page, 1 to 1,000. Default: 1,000.</summary>
    public int Take { get; init; } = 1000;

    /// <summary>Whether to read in descending order of partition and row. Default: ascending, which every store can do with one request a page.</summary>
    public bool Descending { get; init; }

    /// <summary>Where the previous page ended; <see langword="null"/>: from the start.</summary>
    public string? ContinuationToken { get; init; }
}

/// <summary>A page of documents.</summary>
/// <param name="Rows">The documents.</param>
/// <param name="ContinuationToken">For the next page; <see langword="null"/> at the end.</param>
public sealed record TablePage(IReadOnlyList<TableRow> Rows, string? ContinuationToken);
