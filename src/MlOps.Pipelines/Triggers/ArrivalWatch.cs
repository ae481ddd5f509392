namespace MlOps.Pipelines.Triggers;

/// <summary>
/// Looks into a pipeline's incoming folder until nothing waits there any more. One instance a pipeline, however many files arrive at
/// once and however many machines are told of them: that is what makes one run of them.
/// </summary>
internal sealed class ArrivalWatch() : FolderWatch(nameof(LookForArrivals));
