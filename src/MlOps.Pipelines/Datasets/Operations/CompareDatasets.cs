using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Datasets.Operations;

/// <summary>Tells what changed from one version to another.</summary>
internal sealed class CompareDatasets(IBlobStore blobs, DatasetCatalog catalog, DatasetDesk desk) : OperationActivity<DatasetComparison>(blobs, catalog)
{
    protected override async Task<DatasetComparison> ExecuteAsync(OperationOrder order, CancellationToken cancellationToken) => await desk.CompareAsync(
        await FindAsync(order.Dataset, order.From!, cancellationToken), await FindAsync(order.Dataset, order.Version, cancellationToken), order.Key, cancellationToken);
}
