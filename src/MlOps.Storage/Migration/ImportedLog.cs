using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Migration;

/// <summary>
/// The audit log of a bundle. Where the storage's own log is a beginning of it, the rest is appended; where it is a beginning of the
/// storage's own, there is nothing to do. Two logs that differ are two stories: the bundle's is kept whole beside the other.
/// </summary>
internal sealed class ImportedLog
{
    public const string Table = "audit";
    private const string Partition = "log";
    private readonly IReadOnlyList<BundleDocument> _entries;

    private ImportedLog(IReadOnlyList<BundleDocument> entries) => _entries = entries;

    /// <summary>The log of a bundle, or <see langword="null"/>: it has none.</summary>
    /// <exception cref="BundleException">Its entries do not follow one another.</exception>
    public static async Task<ImportedLog?> ReadAsync(BundleReader reader, CancellationToken cancellationToken)
    {
        var file = reader.Bundle.Parts.SelectMany(p => p.Files).FirstOrDefault(f => BundleTable.TryOf(f.Path) is { Table: Table });
        if (file is null) return null;
        var (entries, previous) = (new List<BundleDocument>(), HashOf(""));
        await foreach (var document in reader.DocumentsAsync(file, cancellationToken))
        {
            var sequence = entries.Count + 1;
            if (document.Partition != Partition || document.Row != $"{sequence:D19}" || !Follows(document.Json, sequence, previous))
                throw new BundleException($"The audit log of the bundle is broken at entry {sequence} ({document.Row}): it does not follow the one before it. Nothing was imported; verify the log where the bundle comes from.");
            entries.Add(document);
            previous = HashOf(document.Json);
        }
        return new ImportedLog(entries);
    }

    /// <summary>Adds the log to a storage.</summary>
    /// <returns>What became of it, for people.</returns>
    public async Task<string> AddToAsync(ITableStore tables, IBlobStore blobs, CancellationToken cancellationToken)
    {
        var (common, differs) = await CompareAsync(tables, cancellationToken);
        if (differs) return await KeepApartAsync(blobs, cancellationToken);
        // One after the other, each only if its number is free: whoever appends in between leaves a log that is whole.
        foreach (var entry in _entries.Skip(common))
            if (await tables.TryWriteAsync(Table, Partition, entry.Row, entry.Json, WriteCondition.IfAbsent, cancellationToken) is null) return await KeepApartAsync(blobs, cancellationToken);
        return common == _entries.Count ? "already there" : "appended";
    }

    /// <summary>How many entries both logs begin with; and whether they differ behind that.</summary>
    private async Task<(int Common, bool Differs)> CompareAsync(ITableStore tables, CancellationToken cancellationToken)
    {
        var common = 0;
        var query = new TableQuery { Partition = Partition };
        do
        {
            var page = await tables.QueryAsync(Table, query, cancellationToken);
            foreach (var row in page.Rows)
            {
                if (common == _entries.Count) return (common, false);
                if (row.Row != _entries[common].Row || row.Json != _entries[common].Json) return (common, true);
                common++;
            }
            query = query with { ContinuationToken = page.ContinuationToken };
        }
        while (query.ContinuationToken is not null);
        return (common, false);
    }

    private async Task<string> KeepApartAsync(IBlobStore blobs, CancellationToken cancellationToken)
    {
        var lines = Encoding.UTF8.GetBytes(string.Concat(_entries.Select(e => JsonSerializer.Serialize(e, MlOpsJson.Compact) + "\n")));
        var blob = $"{BundleContent.ImportedLogs}{Convert.ToHexStringLower(SHA256.HashData(lines))}.jsonl";
        await blobs.TryWriteAsync(blob, lines, WriteCondition.IfAbsent, cancellationToken);
        return blob;
    }

    private static bool Follows(string json, int sequence, string previous)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditEntry>(json, MlOpsJson.Compact) is { } entry && entry.Sequence == sequence && entry.Previous == previous;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string HashOf(string json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));
}
