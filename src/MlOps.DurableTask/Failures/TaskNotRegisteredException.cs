namespace MlOps.DurableTask;

/// <summary>An orchestrator or activity is asked for that nobody registered; trying again would not help.</summary>
/// <param name="message">The name, and the names there are.</param>
public sealed class TaskNotRegisteredException(string message) : NonRetriableTaskException(message);
