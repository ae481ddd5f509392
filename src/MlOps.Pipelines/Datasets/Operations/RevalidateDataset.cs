using MlOps.Core.Datasets;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Datasets.Operations;

/// <summary>Holds a version against the rules as they are now.</summary>
internal sealed class RevalidateDataset(IBlobStore blobs, DatasetCatalog catalog, DatasetDesk desk) : OperationActivity<ValidationVerdict>(blobs, catalog)
{
    protected override async Task<ValidationVerdict> ExecuteAsync(OperationOrder order, CancellationToken cancellationToken) =>
        await desk.RevalidateAsync(await FindAsync(order.Dataset, order.Version, cancellationToken), order.Id, order.By, order.Reason, cancellationToken);
}
