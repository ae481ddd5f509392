namespace MlOps.DurableTask;

/// <summary>An orchestrator's code does not match the history of the instance, or awaits something that is not durable.</summary>
/// <example>run-42, event 7: history has activity 'EvaluateGates' (#3), the code now calls activity 'BuildFeatures' (#3). Deploy …</example>
/// <param name="message">Which instance, which event, which action, what to do.</param>
public sealed class NonDeterministicOrchestrationException(string message) : Exception(message);
