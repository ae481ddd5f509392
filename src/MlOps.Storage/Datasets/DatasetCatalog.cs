using MlOps.Core.Datasets;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Datasets;

/// <summary>The dataset versions that there are.</summary>
/// <remarks>Table <c>datasets</c>: partition = dataset, row = version.</remarks>
public sealed class DatasetCatalog(ITableStore tables)
{
    private const string Table = "datasets";

    /// <summary>Blob name of a version's canonical parquet.</summary>
    public static string DataOf(string dataset, string version) => $"datasets/{dataset}/{version}/data.parquet";

    /// <summary>Blob name of a version's manifest.</summary>
    public static string ManifestOf(string dataset, string version) => $"datasets/{dataset}/{version}/manifest.json";

    /// <summary>Adds a version; adding the same content again changes nothing.</summary>
    public Task AddAsync(DatasetRecord record, CancellationToken cancellationToken) =>
        tables.TryInsertAsync(Table, record.Name, record.Version, record, cancellationToken);

    /// <summary>Writes down what validation said of a version.</summary>
    public Task SetVerdictAsync(string dataset, string version, ValidationVerdict verdict, CancellationToken cancellationToken) =>
        tables.UpdateAsync<DatasetRecord>(
            Table, dataset, version, r => r with { Passed = verdict.Passed, Quarantined = verdict.Quarantined }, cancellationToken);

    /// <summary>A version by its digits or the start of them; <see langword="null"/> when none or several match.</summary>
    public async Task<DatasetRecord?> TryGetAsync(string dataset, string version, CancellationToken cancellationToken)
    {
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
    /// The versions that a training set is made of: the given one, and those that passed and reach into the window that ends with
    /// the newest time stamp of them all, oldest first; the given version alone when there is no window or no time.
    /// </summary>
    public async Task<IReadOnlyList<DatasetRecord>> SelectAsync(
        string dataset, string version, TimeSpan? window, CancellationToken cancellationToken)
    {
        var all = await ListAsync(dataset, cancellationToken);
        var anchor = all.Single(d => d.Version == version);
        // What failed validation may bear any time stamp; it must not move the window.
        var usable = all.Where(d => d.Version == version || d.Passed is true).ToList();
        if (window is null || usable.Max(d => d.MaxTime) is not { } newest) return [anchor];
        var start = newest - window.Value;
        return [.. usable
            .Where(d => d.Version == version || d.MaxTime >= start)
            .OrderBy(d => d.MinTime).ThenBy(d => d.Version, StringComparer.Ordinal)];
    }
}
