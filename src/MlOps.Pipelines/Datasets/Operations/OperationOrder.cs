using MlOps.Core.Datasets;

namespace MlOps.Pipelines.Datasets.Operations;

/// <summary>What an operation is to do.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Dataset">Name of the dataset.</param>
/// <param name="Version">The version; when comparing, the new one.</param>
/// <param name="From">When comparing, the old version.</param>
/// <param name="Key">When comparing, the columns that tell rows apart; <see langword="null"/>: those that the pipeline declares.</param>
/// <param name="By">Who asked.</param>
/// <param name="Reason">Why.</param>
internal sealed record OperationOrder(
    string Id, DatasetOperationKind Kind, string Dataset, string Version, string? From, IReadOnlyList<string>? Key, string By, string Reason)
{
    /// <summary>Blob that holds the result once there is one.</summary>
    public string ResultBlob => $"operations/{Id}/result.json";
}
