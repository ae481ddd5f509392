namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>A job as Azure Machine Learning knows it.</summary>
/// <param name="Id">Its name in the workspace.</param>
/// <param name="Status">One of the service's words: <c>Queued</c>, <c>Running</c>, <c>Completed</c> ….</param>
/// <param name="Studio">Address of its page; <see langword="null"/> where the service named none.</param>
internal sealed record AzureMlJob(string Id, string Status, string? Studio)
{
    /// <summary>Whether it goes no further.</summary>
    public bool IsFinal => Status is "Completed" or "Failed" or "Canceled";

    public bool Completed => Status is "Completed";
}
