using System.Runtime.CompilerServices;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Models;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Migration;

/// <summary>Which parts, and of which pipelines, go into a bundle.</summary>
/// <param name="Parts"><c>models</c>, <c>datasets</c>, <c>runs</c>, <c>audit</c>; each at most once.</param>
/// <param name="Pipelines">Only these pipelines' models and datasets; empty: all.</param>
public sealed record BundleSelection(IReadOnlyList<string> Parts, IReadOnlyList<string> Pipelines)
{
    /// <summary>The parts there are, in the order in which they are written.</summary>
    public static IReadOnlyList<string> AllParts { get; } = ["datasets", "models", "runs", "audit"];
}

/// <summary>A table's documents, or those of one partition, as a file of a bundle.</summary>
/// <param name="Table">The table.</param>
/// <param name="Partition">The partition; <see langword="null"/>: all.</param>
internal sealed record BundleTable(string Table, string? Partition)
{
    private const string Prefix = "tables/";
    private const string Suffix = ".jsonl";

    public string Path => $"{Prefix}{Table}{(Partition is null ? "" : $"/{Uri.EscapeDataString(Partition)}")}{Suffix}";

    /// <summary>The table that a path is of, or <see langword="null"/>: the path is none of a table.</summary>
    public static BundleTable? TryOf(string path)
    {
        if (!path.StartsWith(Prefix, StringComparison.Ordinal) || !path.EndsWith(Suffix, StringComparison.Ordinal)) return null;
        var parts = path[Prefix.Length..^Suffix.Length].Split('/');
        return parts switch
        {
            [var table] => new(table, null),
            [var table, var partition] => new(table, Uri.UnescapeDataString(partition)),
            _ => null,
        };
    }
}

/// <summary>What of the storage belongs to a part of a bundle.</summary>
internal sealed class BundleContent(IBlobStore blobs, ITableStore tables, ModelRegistry models, DatasetCatalog datasets)
{
    /// <summary>Prefix of the audit logs that came with bundles and are kept beside the storage's own.</summary>
    public const string ImportedLogs = "audit/imported/";

    /// <summary>What later runs make anew from the dataset: the bulk of what a run leaves.</summary>
    private static readonly string[] s_rebuiltSteps = ["source", "features", "trials"];

    /// <summary>Tables with one partition a pipeline.</summary>
    private static readonly Dictionary<string, string[]> s_tablesByPipeline = new(StringComparer.Ordinal) { ["models"] = ["models"], ["datasets"] = ["datasets", "datasettags"] };

    /// <summary>The tables of a part.</summary>
    public async Task<IReadOnlyList<BundleTable>> TablesOfAsync(string part, BundleSelection selection, CancellationToken cancellationToken)
    {
        if (part is "audit") return [new("audit", "log")];
        if (part is "runs")
        {
            var runs = await RunsOfAsync(selection, cancellationToken);
            var pipelines = runs.Select(r => RunId.TryGetPipeline(r)).OfType<string>().Distinct(StringComparer.Ordinal);
            return [.. pipelines.Select(p => new BundleTable("runs", p)), .. runs.Select(r => new BundleTable("runsteps", r)), new("approvals", null)];
        }

        var names = selection.Pipelines.Count is 0 ? [null] : selection.Pipelines.Cast<string?>();
        return [.. names.SelectMany(name => s_tablesByPipeline[part].Select(table => new BundleTable(table, name)))];
    }

    /// <summary>The documents of a table that belong to a selection, in order of their keys.</summary>
    public async IAsyncEnumerable<TableRow> DocumentsAsync(BundleTable table, BundleSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var runs = table.Table is "runs" or "approvals" ? (await RunsOfAsync(selection, cancellationToken)).ToHashSet(StringComparer.Ordinal) : null;
        var query = new TableQuery { Partition = table.Partition };
        do
        {
            var page = await tables.QueryAsync(table.Table, query, cancellationToken);
            foreach (var row in page.Rows.Where(r => runs is null || runs.Contains(r.Row))) yield return row;
            query = query with { ContinuationToken = page.ContinuationToken };
        }
        while (query.ContinuationToken is not null);
    }

    /// <summary>The blobs of a part.</summary>
    public async IAsyncEnumerable<BlobInfo> BlobsAsync(string part, BundleSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var prefix in await PrefixesOfAsync(part, selection, cancellationToken))
            await foreach (var blob in blobs.ListAsync(prefix, cancellationToken))
                if (part is not "runs" || !s_rebuiltSteps.Contains(blob.Name.Split('/')[2], StringComparer.Ordinal)) yield return blob;
    }

    /// <summary>The runs that the models and datasets of a selection come from: their lineage.</summary>
    private async Task<IReadOnlyList<string>> RunsOfAsync(BundleSelection selection, CancellationToken cancellationToken)
    {
        bool IsSelected(string pipeline) => selection.Pipelines.Count is 0 || selection.Pipelines.Contains(pipeline, StringComparer.Ordinal);
        var ofModels = (await models.ListAsync(null, cancellationToken)).Where((ModelVersionRecord m) => IsSelected(m.Name)).Select(m => m.RunId);
        var ofDatasets = (await datasets.ListAsync(null, cancellationToken)).Where(d => IsSelected(d.Name)).Select(d => d.RunId);
        return [.. ofModels.Concat(ofDatasets).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<string>> PrefixesOfAsync(string part, BundleSelection selection, CancellationToken cancellationToken) => part switch
    {
        "audit" => [ImportedLogs],
        "runs" => [.. (await RunsOfAsync(selection, cancellationToken)).Select(r => $"runs/{r}/")],
        _ when selection.Pipelines.Count is 0 => [$"{part}/"],
        _ => [.. selection.Pipelines.Select(p => $"{part}/{p}/")],
    };
}
