namespace MlOps.DurableTask.Functions;

/// <summary>The host sent what it cannot have meant, or something else than the host sent it. The invocation fails; nothing has happened.</summary>
/// <param name="message">What is wrong with it.</param>
/// <param name="innerException">What found out.</param>
public sealed class MalformedInvocationException(string message, Exception? innerException = null) : Exception(message, innerException);
