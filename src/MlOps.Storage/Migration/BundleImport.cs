using System.Security.Cryptography;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Migration;

/// <summary>What is done with what is there already and differs from the bundle.</summary>
public enum ExistingContent
{
    /// <summary>Nothing is imported at all.</summary>
    Refuse,

    /// <summary>It stays; the rest is imported.</summary>
    Keep,

    /// <summary>It is replaced.</summary>
    Replace,
}

/// <summary>What an import did.</summary>
/// <param name="Source">Where the bundle came from.</param>
/// <param name="Parts">By part.</param>
/// <param name="Audit">What became of the audit log: <c>appended</c>, <c>already there</c>, or the blob where it is kept beside this one's; <see langword="null"/>: the bundle had none.</param>
public sealed record ImportResult(string Source, IReadOnlyList<ImportedPart> Parts, string? Audit);

/// <summary>What an import did with a part.</summary>
/// <param name="Name">The part.</param>
/// <param name="Sha256">Hash of its files, as the bundle has it; what is stored was read again and is the same, but for what was kept.</param>
/// <param name="Written">Blobs and documents that were written.</param>
/// <param name="AlreadyThere">Those that were there, the same.</param>
/// <param name="Kept">Those that were there, different, and stayed.</param>
/// <param name="Replaced">Those that were there, different, and were replaced.</param>
public sealed record ImportedPart(string Name, string Sha256, int Written, int AlreadyThere, int Kept, int Replaced);

/// <summary>Something is there already that differs from the bundle; nothing was written.</summary>
public sealed class BundleConflictException(IReadOnlyList<string> places) : Exception(
    $"{places.Count} of the bundle's blobs and documents are there already, with other content: {string.Join(", ", places.Take(10))}{(places.Count > 10 ? ", …" : "")}. "
    + "Nothing was imported. Keep what is there (--existing keep) or replace it (--existing replace).")
{
    /// <summary>The blobs and documents.</summary>
    public IReadOnlyList<string> Places { get; } = places;
}

/// <summary>
/// Brings a bundle into the storage. First everything is looked at, then data is written, then records, then the audit log: an
/// import that stops in between leaves no record without its data, and goes on when it is started again.
/// </summary>
internal sealed class BundleImport(IBlobStore blobs, ITableStore tables, AuditLog audit)
{
    /// <summary>Up to here a blob is written on the condition that there is none; larger ones were looked for just before.</summary>
    private const int SmallBytes = 8 * 1024 * 1024;

    /// <summary>Imports a bundle.</summary>
    /// <exception cref="BundleConflictException">Something differs, and that is to be refused.</exception>
    /// <exception cref="BundleException">What was stored is not what was written.</exception>
    public async Task<ImportResult> ImportAsync(BundleReader reader, ExistingContent existing, string by, string reason, CancellationToken cancellationToken)
    {
        var plans = new List<PartPlan>();
        foreach (var part in reader.Bundle.Parts) plans.Add(await PlanAsync(reader, part, cancellationToken));
        var log = await ImportedLog.ReadAsync(reader, cancellationToken);
        if (existing is ExistingContent.Refuse && plans.SelectMany(p => p.Conflicts).ToList() is { Count: > 0 } conflicts) throw new BundleConflictException(conflicts);

        foreach (var plan in plans) await WriteAsync(reader, plan, existing is ExistingContent.Replace, cancellationToken);
        foreach (var plan in plans) await VerifyAsync(reader, plan, existing, cancellationToken);
        var place = log is null ? null : await log.AddToAsync(tables, blobs, cancellationToken);

        var parts = plans.Select(p => p.Result(existing)).ToList();
        await audit.AppendAsync(
            new(by, "bundle.imported", "storage", $"{reason} From {reader.Bundle.Source}.", null, string.Join(", ", parts.Select(p => $"{p.Name} {p.Sha256[..12]}"))), cancellationToken);
        return new ImportResult(reader.Bundle.Source, parts, place);
    }

    private async Task<PartPlan> PlanAsync(BundleReader reader, BundlePart part, CancellationToken cancellationToken)
    {
        var plan = new PartPlan(part);
        foreach (var file in part.Files)
        {
            if (BundleTable.TryOf(file.Path) is not { } table) plan.Add(file, await StateOfAsync(file, cancellationToken));
            else if (table.Table is not ImportedLog.Table) await PlanTableAsync(reader, plan, file, table, cancellationToken);
        }
        return plan;
    }

    private async Task PlanTableAsync(BundleReader reader, PartPlan plan, BundleFile file, BundleTable table, CancellationToken cancellationToken)
    {
        var present = await ReadAllAsync(table, cancellationToken);
        await foreach (var document in reader.DocumentsAsync(file, cancellationToken))
        {
            var state = !present.TryGetValue((document.Partition, document.Row), out var json) ? Presence.Absent : json == document.Json ? Presence.Same : Presence.Different;
            plan.Add(table.Table, document, state);
        }
    }

    private async Task<Dictionary<(string Partition, string Row), string>> ReadAllAsync(BundleTable table, CancellationToken cancellationToken)
    {
        var present = new Dictionary<(string, string), string>();
        var query = new TableQuery { Partition = table.Partition };
        do
        {
            var page = await tables.QueryAsync(table.Table, query, cancellationToken);
            foreach (var row in page.Rows) present[(row.Partition, row.Row)] = row.Json;
            query = query with { ContinuationToken = page.ContinuationToken };
        }
        while (query.ContinuationToken is not null);
        return present;
    }

    private async Task<Presence> StateOfAsync(BundleFile file, CancellationToken cancellationToken)
    {
        if (await blobs.TryGetInfoAsync(BlobOf(file), cancellationToken) is not { } info) return Presence.Absent;
        if (info.Length != file.Bytes) return Presence.Different;
        await using var content = await blobs.OpenReadAsync(BlobOf(file), cancellationToken);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)) == file.Sha256 ? Presence.Same : Presence.Different;
    }

    private async Task WriteAsync(BundleReader reader, PartPlan plan, bool replace, CancellationToken cancellationToken)
    {
        foreach (var (file, state) in plan.Blobs)
        {
            if (state is Presence.Absent || (state is Presence.Different && replace)) await WriteAsync(reader.PathOf(file.Path), BlobOf(file), state is Presence.Absent, cancellationToken);
        }
        foreach (var table in plan.Documents.GroupBy(d => d.Table, StringComparer.Ordinal))
        {
            var absent = table.Where(d => d.State is Presence.Absent).Select(d => new NewTableDocument(d.Document.Partition, d.Document.Row, d.Document.Json)).ToList();
            await tables.InsertAllAsync(table.Key, absent, cancellationToken);
            foreach (var (_, document, _) in table.Where(d => replace && d.State is Presence.Different))
                await tables.TryWriteAsync(table.Key, document.Partition, document.Row, document.Json, WriteCondition.None, cancellationToken);
        }
    }

    private async Task WriteAsync(string path, string blob, bool mustNotExist, CancellationToken cancellationToken)
    {
        // Somebody else who writes the same name in between is found by the verification.
        if (mustNotExist && new FileInfo(path).Length <= SmallBytes)
            await blobs.TryWriteAsync(blob, await File.ReadAllBytesAsync(path, cancellationToken), WriteCondition.IfAbsent, cancellationToken);
        else
            await blobs.UploadAsync(path, blob, cancellationToken);
    }

    /// <summary>Reads everything again: what is stored is what the bundle holds.</summary>
    private async Task VerifyAsync(BundleReader reader, PartPlan plan, ExistingContent existing, CancellationToken cancellationToken)
    {
        var stored = await PlanAsync(reader, plan.Part, cancellationToken);
        var kept = existing is ExistingContent.Keep ? plan.Conflicts.ToHashSet(StringComparer.Ordinal) : [];
        if (stored.Unequal.FirstOrDefault(p => !kept.Contains(p)) is { } place)
            throw new BundleException($"'{place}' is not what was written there: somebody else writes to this storage. Import again.");
    }

    private static string BlobOf(BundleFile file) => file.Path["blobs/".Length..];

    private enum Presence
    {
        Absent,
        Same,
        Different,
    }

    /// <summary>What there is to do for a part.</summary>
    private sealed class PartPlan(BundlePart part)
    {
        public BundlePart Part { get; } = part;

        public List<(BundleFile File, Presence State)> Blobs { get; } = [];

        public List<(string Table, BundleDocument Document, Presence State)> Documents { get; } = [];

        public IEnumerable<string> Conflicts => PlacesOf(s => s is Presence.Different);

        public IEnumerable<string> Unequal => PlacesOf(s => s is not Presence.Same);

        public void Add(BundleFile file, Presence state) => Blobs.Add((file, state));

        public void Add(string table, BundleDocument document, Presence state) => Documents.Add((table, document, state));

        public ImportedPart Result(ExistingContent existing)
        {
            int Count(Presence state) => Blobs.Count(b => b.State == state) + Documents.Count(d => d.State == state);
            var different = Count(Presence.Different);
            return new(Part.Name, Part.Sha256, Count(Presence.Absent), Count(Presence.Same), existing is ExistingContent.Keep ? different : 0, existing is ExistingContent.Replace ? different : 0);
        }

        private IEnumerable<string> PlacesOf(Func<Presence, bool> isMeant) =>
            Blobs.Where(b => isMeant(b.State)).Select(b => BlobOf(b.File))
                .Concat(Documents.Where(d => isMeant(d.State)).Select(d => $"{d.Table}/{d.Document.Partition}/{d.Document.Row}"));
    }
}
