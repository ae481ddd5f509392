using MlOps.Core.Datasets;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Datasets.Operations;

/// <summary>The work of an operation. Safe to run again: the result's place follows from the operation, and a second run finds the first one's.</summary>
internal abstract class OperationActivity<TResult>(IBlobStore blobs, DatasetCatalog catalog) : TaskActivity<OperationOrder, string>
    where TResult : class
{
    public sealed override async Task<string> RunAsync(TaskActivityContext context, OperationOrder input)
    {
        var cancellationToken = context.CancellationToken;
        if (await blobs.TryGetInfoAsync(input.ResultBlob, cancellationToken) is not null) return input.ResultBlob;
        try
        {
            await blobs.CreateOrReadJsonAsync(input.ResultBlob, await ExecuteAsync(input, cancellationToken), cancellationToken);
            return input.ResultBlob;
        }
        catch (Exception error) when (error is DatasetDeskException || UserErrors.IsUserError(error))
        {
            throw new NonRetriableTaskException(error.Message, error);
        }
    }

    protected abstract Task<TResult> ExecuteAsync(OperationOrder order, CancellationToken cancellationToken);

    protected async Task<DatasetRecord> FindAsync(string dataset, string version, CancellationToken cancellationToken) =>
        await catalog.TryGetAsync(dataset, version, cancellationToken) ?? throw new DatasetDeskException($"There is no version {version} of dataset '{dataset}' any more.");
}
