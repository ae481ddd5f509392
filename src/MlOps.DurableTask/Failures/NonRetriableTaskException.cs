namespace MlOps.DurableTask;

/// <summary>Thrown by an activity or orchestrator whose failure would be the same at every further attempt: retry policies let it be final.</summary>
/// <param name="message">What is wrong, and what the reader can do.</param>
/// <param name="innerException">What caused it.</param>
public class NonRetriableTaskException(string message, Exception? innerException = null) : Exception(message, innerException);
