using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Models;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Migration;

/// <summary>Moves models, datasets, their runs and the audit log between storages, by way of a bundle: a tar archive with a hash of every file.</summary>
public sealed class StorageBundles(
    IBlobStore blobs, ITableStore tables, ModelRegistry models, DatasetCatalog datasets, AuditLog audit, StorageLocation location, TimeProvider time)
{
    /// <summary>Writes a bundle as a tar archive.</summary>
    /// <param name="selection">What goes in.</param>
    /// <param name="by">Who asks, for the audit log.</param>
    /// <param name="reason">Why.</param>
    /// <param name="target">Where the archive goes.</param>
    /// <param name="cancellationToken">Stops the export; what was written by then is no bundle.</param>
    /// <exception cref="BundleException">The selection names something that is no part.</exception>
    public async Task<Bundle> ExportAsync(BundleSelection selection, string by, string reason, Stream target, CancellationToken cancellationToken)
    {
        Check(selection);
        using var work = new WorkFolder();
        var writer = new BundleWriter(new BundleContent(blobs, tables, models, datasets), blobs, location, audit, time);
        return await writer.WriteAsync(selection, by, reason, work.Path, target, cancellationToken);
    }

    /// <summary>Checks a bundle, then brings it in. Started again after it was stopped, it goes on.</summary>
    /// <param name="source">The archive.</param>
    /// <param name="existing">What is done with what is there already and differs.</param>
    /// <param name="by">Who asks, for the audit log.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Stops the import.</param>
    /// <exception cref="BundleException">It is no bundle, or not the one that was made. Nothing was written.</exception>
    /// <exception cref="BundleConflictException">Something differs, and that is to be refused. Nothing was written.</exception>
    public async Task<ImportResult> ImportAsync(Stream source, ExistingContent existing, string by, string reason, CancellationToken cancellationToken)
    {
        using var work = new WorkFolder();
        var reader = await BundleReader.UnpackAsync(source, work.Path, cancellationToken);
        return await new BundleImport(blobs, tables, audit).ImportAsync(reader, existing, by, reason, cancellationToken);
    }

    /// <summary>Checks a selection.</summary>
    /// <exception cref="BundleException">It names something that is no part.</exception>
    public static void Check(BundleSelection selection)
    {
        if (selection.Parts.FirstOrDefault(p => !BundleSelection.AllParts.Contains(p, StringComparer.Ordinal)) is { } unknown)
            throw new BundleException($"'{unknown}' is no part of a bundle. The parts are: {string.Join(", ", BundleSelection.AllParts)}.");
        if (selection.Pipelines.FirstOrDefault(p => BlobName.FindFault(p) is not null || p.Contains('/', StringComparison.Ordinal)) is { } odd)
            throw new BundleException($"'{odd}' is no name of a pipeline.");
    }

    private sealed class WorkFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("mlops-bundle-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
