using MlOps.Core.Datasets;
using MlOps.Storage.Audit;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Datasets;

/// <summary>The dataset versions that there are, the tags that people gave them, and what people decided about them; each decision is audited.</summary>
/// <remarks>Tables: <c>datasets</c> (partition: dataset, row: version) and <c>datasettags</c> (partition: dataset, row: tag).</remarks>
public sealed class DatasetCatalog(ITableStore tables, AuditLog audit, TimeProvider time)
{
    private const string Table = "datasets";
    private const string Tags = "datasettags";

    /// <summary>Blob name of a version's canonical parquet.</summary>
    public static string DataOf(string dataset, string version) => $"datasets/{dataset}/{version}/data.parquet";

    /// <summary>Blob name of a version's manifest.</summary>
    public static string ManifestOf(string dataset, string version) => $"datasets/{dataset}/{version}/manifest.json";

    /// <summary>Blob name of one of the pages that describe a version: see <see cref="DatasetFiles"/>.</summary>
    public static string FileOf(string dataset, string version, string file) => $"datasets/{dataset}/{version}/{file}";

    /// <summary>Adds a version; adding the same content again changes nothing.</summary>
    /// <returns>What is in the catalog: the record, or the one that was there before.</returns>
    public Task<DatasetRecord> AddAsync(DatasetRecord record, CancellationToken cancellationToken) =>
        tables.CreateOrReadJsonAsync(Table, record.Name, record.Version, record, cancellationToken);

    /// <summary>Writes down what validation said of a version.</summary>
    /// <param name="dataset">Name of the dataset.</param>
    /// <param name="version">The version.</param>
    /// <param name="verdict">What validation said.</param>
    /// <param name="quarantine">Blob prefix, ending in a slash, of the rows that it set apart.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>The record, or <see langword="null"/> when there is no such version.</returns>
    public Task<DatasetRecord?> SetVerdictAsync(string dataset, string version, ValidationVerdict verdict, string quarantine, CancellationToken cancellationToken) =>
        tables.UpdateAsync<DatasetRecord>(
            Table,
            dataset,
            version,
            r => r with { Passed = verdict.Passed, Quarantined = verdict.Quarantined, FailedChecks = verdict.FailedChecks, Quarantine = quarantine },
            cancellationToken);

    /// <summary>Writes down that a version fails one more check, which only a run could evaluate; a person may accept it like any other.</summary>
    public Task<DatasetRecord?> AddFailureAsync(string dataset, string version, string check, CancellationToken cancellationToken) =>
        tables.UpdateAsync<DatasetRecord>(
            Table,
            dataset,
            version,
            r => r with { Passed = false, FailedChecks = [.. r.FailedChecks.Where(c => c != check), check] },
            cancellationToken);

    /// <summary>A person accepts the failed checks of a version, so that it may be trained on.</summary>
    /// <exception cref="InvalidOperationException">It is not known to fail.</exception>
    public async Task<DatasetRecord> AcceptAsync(DatasetRecord dataset, string by, string reason, CancellationToken cancellationToken)
    {
        var accepted = await tables.UpdateAsync<DatasetRecord>(Table, dataset.Name, dataset.Version, Change, cancellationToken) ?? dataset;
        await audit.AppendAsync(
            new(by, "dataset.accepted", SubjectOf(dataset), reason, string.Join("; ", accepted.FailedChecks), "accepted"), cancellationToken);
        return accepted;

        DatasetRecord Change(DatasetRecord current) => current.Passed switch
        {
            false => current with { Accepted = new(by, reason, time.GetUtcNow(), current.FailedChecks) },
            true => throw new InvalidOperationException($"Dataset {current.Name}@{current.Version[..12]} passed: there is nothing to accept."),
            null => throw new InvalidOperationException($"Dataset {current.Name}@{current.Version[..12]} was not validated yet: revalidate it first."),
        };
    }

    /// <summary>Makes a version the newest that counts: those ingested after it are set aside until a person goes to one of them in the same way.</summary>
    /// <exception cref="InvalidOperationException">The version may not be trained on itself.</exception>
    public async Task<IReadOnlyList<DatasetRecord>> RollBackAsync(DatasetRecord dataset, string by, string reason, CancellationToken cancellationToken)
    {
        if (!(dataset with { SetAside = null }).IsUsable)
            throw new InvalidOperationException($"Dataset {dataset.Name}@{dataset.Version[..12]} did not pass validation: accept it first, or choose another version.");

        var decision = new DatasetDecision(by, reason, time.GetUtcNow());
        var all = await ListAsync(dataset.Name, cancellationToken);
        var newest = all.FirstOrDefault(d => d.IsUsable)?.Version;
        var later = all.Where(d => d.CreatedAt > dataset.CreatedAt && d.SetAside is null).ToList();
        foreach (var version in later)
            await tables.UpdateAsync<DatasetRecord>(Table, version.Name, version.Version, r => r.SetAside is null ? r with { SetAside = decision } : r, cancellationToken);
        await tables.UpdateAsync<DatasetRecord>(Table, dataset.Name, dataset.Version, r => r.SetAside is null ? r : r with { SetAside = null }, cancellationToken);
        await audit.AppendAsync(new(by, "dataset.rolledback", $"datasets/{dataset.Name}", reason, newest, dataset.Version), cancellationToken);
        return [.. later.Select(d => d with { SetAside = decision })];
    }

    /// <summary>Gives a version a tag; a tag that another version has moves.</summary>
    /// <exception cref="FormatException">The text cannot be a tag.</exception>
    public async Task<DatasetTag> TagAsync(DatasetRecord dataset, string tag, string by, CancellationToken cancellationToken)
    {
        if (!DatasetTag.IsName(tag)) throw new FormatException($"'{tag}' is no tag: expected {DatasetTag.Rule}.");
        var before = await tables.TryReadJsonAsync<DatasetTag>(Tags, dataset.Name, tag, cancellationToken);
        if (before?.Version == dataset.Version) return before;
        var given = new DatasetTag(dataset.Name, tag, dataset.Version, by, time.GetUtcNow());
        await tables.WriteJsonAsync(Tags, dataset.Name, tag, given, cancellationToken);
        await audit.AppendAsync(new(by, "dataset.tagged", SubjectOf(dataset), $"Tag {tag}.", before?.Version, dataset.Version), cancellationToken);
        return given;
    }

    /// <summary>Takes a tag away; the version stays.</summary>
    /// <returns>The tag as it was, or <see langword="null"/> when there was none.</returns>
    public async Task<DatasetTag?> UntagAsync(string dataset, string tag, string by, string reason, CancellationToken cancellationToken)
    {
        if (await tables.TryReadJsonAsync<DatasetTag>(Tags, dataset, tag, cancellationToken) is not { } current) return null;
        await tables.DeleteAsync(Tags, dataset, tag, cancellationToken);
        await audit.AppendAsync(new(by, "dataset.untagged", $"datasets/{dataset}/{current.Version}", $"Tag {tag}. {reason}".Trim(), current.Version), cancellationToken);
        return current;
    }

    /// <summary>The tags of a dataset, in order of their names.</summary>
    public Task<IReadOnlyList<DatasetTag>> ListTagsAsync(string dataset, CancellationToken cancellationToken) =>
        tables.ReadAllAsync<DatasetTag>(Tags, new TableQuery { Partition = dataset }, cancellationToken);

    /// <summary>A version by its digits, the start of them, or a tag; <see langword="null"/> when none or several match.</summary>
    public async Task<DatasetRecord?> TryGetAsync(string dataset, string version, CancellationToken cancellationToken)
    {
        if (DatasetTag.IsName(version))
        {
            return await tables.TryReadJsonAsync<DatasetTag>(Tags, dataset, version, cancellationToken) is { } tag
                ? await tables.TryReadJsonAsync<DatasetRecord>(Table, dataset, tag.Version, cancellationToken)
                : null;
        }

        if (!version.All(char.IsAsciiHexDigitLower)) return null;
        var found = await tables.ReadAllAsync<DatasetRecord>(
            Table, new TableQuery { Partition = dataset, RowPrefix = version }, cancellationToken);
        return found is [var only] ? only : null;
    }

    /// <summary>Versions, newest first.</summary>
    /// <param name="dataset">Only this dataset's; <see langword="null"/>: all.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<DatasetRecord>> ListAsync(string? dataset, CancellationToken cancellationToken)
    {
        var all = await tables.ReadAllAsync<DatasetRecord>(Table, new TableQuery { Partition = dataset }, cancellationToken);
        return [.. all.OrderByDescending(d => d.CreatedAt)];
    }

    /// <summary>
    /// The versions that a training set is made of: the given one, and those that may be trained on and reach into the window that ends
    /// with the newest time stamp of them all, oldest first; the given version alone when there is no window or no time.
    /// </summary>
    public async Task<IReadOnlyList<DatasetRecord>> SelectAsync(
        string dataset, string version, TimeSpan? window, CancellationToken cancellationToken)
    {
        // What may not be trained on may bear any time stamp; it must not move the window.
        var usable = (await ListAsync(dataset, cancellationToken)).Where(d => d.Version == version || d.IsUsable).ToList();
        if (window is null || usable.Max(d => d.MaxTime) is not { } newest) return [usable.Single(d => d.Version == version)];
        var start = newest - window.Value;
        return [.. usable
            .Where(d => d.Version == version || d.MaxTime >= start)
            .OrderBy(d => d.MinTime).ThenBy(d => d.Version, StringComparer.Ordinal)];
    }

    private static string SubjectOf(DatasetRecord dataset) => $"datasets/{dataset.Name}/{dataset.Version}";
}
