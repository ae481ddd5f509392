namespace MlOps.DurableTask;

/// <summary>The orchestration that started this one.</summary>
/// <param name="Name">The parent's registered name.</param>
/// <param name="InstanceId">The parent's instance id.</param>
public sealed record ParentOrchestrationInstance(string Name, string InstanceId);
