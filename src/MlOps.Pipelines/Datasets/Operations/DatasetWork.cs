using MlOps.Core.Datasets;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Datasets.Operations;

/// <summary>One operation on a dataset, to its end whatever crashes in between.</summary>
internal sealed class DatasetWork : TaskOrchestrator<OperationOrder, string>
{
    /// <returns>Name of the blob that holds the result.</returns>
    public override Task<string> RunAsync(TaskOrchestrationContext context, OperationOrder input) => input.Kind switch
    {
        DatasetOperationKind.Revalidate => context.CallActivityAsync<string>(nameof(RevalidateDataset), input, StepRetry.Options),
        _ => context.CallActivityAsync<string>(nameof(CompareDatasets), input, StepRetry.Options),
    };
}
