using System.Collections.Concurrent;

namespace MlOps.DurableTask;

/// <summary>Why a task failed, as it travels between processes and languages: the exception's parts, not the exception.</summary>
/// <param name="ErrorType">Full name of the exception's type, or another language's name of the error.</param>
/// <param name="ErrorMessage">The exception's message.</param>
/// <param name="StackTrace">Where it was thrown; <see langword="null"/> when unknown.</param>
/// <param name="InnerFailure">What caused it.</param>
/// <param name="IsNonRetriable">Whether trying again is pointless: no retry policy does.</param>
public sealed record TaskFailureDetails(
    string ErrorType, string ErrorMessage, string? StackTrace = null, TaskFailureDetails? InnerFailure = null, bool IsNonRetriable = false)
{
    private static readonly ConcurrentDictionary<string, Type?> s_knownTypes = new(StringComparer.Ordinal);

    /// <summary>
    /// Whether the failure itself is a <typeparamref name="TException"/> or one of its subclasses. A type that this process does not
    /// know counts by its exact name.
    /// </summary>
    public bool IsCausedBy<TException>() where TException : Exception =>
        ErrorType == typeof(TException).FullName
        || (s_knownTypes.GetOrAdd(ErrorType, FindType) is { } type && typeof(TException).IsAssignableFrom(type));

    /// <summary>Takes an exception apart, its inner exceptions included.</summary>
    public static TaskFailureDetails FromException(Exception exception)
    {
        var inner = exception switch
        {
            TaskFailedException failed => failed.FailureDetails,
            { InnerException: { } cause } => FromException(cause),
            _ => null,
        };
        return new(exception.GetType().FullName ?? exception.GetType().Name, exception.Message, exception.StackTrace, inner,
            exception is NonRetriableTaskException);
    }

    /// <summary>Type and message on one line.</summary>
    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    private static Type? FindType(string name)
    {
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (assembly.GetType(name, throwOnError: false) is { } type)
                return type;
        }
        return null;
    }
}
