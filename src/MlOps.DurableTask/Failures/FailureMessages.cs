using Wire = MlOps.DurableTask.Protocol.TaskFailureDetails;

namespace MlOps.DurableTask;

/// <summary>Failures as the protocol writes them.</summary>
public static class FailureMessages
{
    /// <summary>The failure as a protocol message.</summary>
    public static Wire ToMessage(this TaskFailureDetails failure) => new()
    {
        ErrorType = failure.ErrorType,
        ErrorMessage = failure.ErrorMessage,
        StackTrace = failure.StackTrace,
        InnerFailure = failure.InnerFailure?.ToMessage(),
        IsNonRetriable = failure.IsNonRetriable,
    };

    /// <summary>The failure that a protocol message tells of.</summary>
    public static TaskFailureDetails ToFailure(this Wire message) => new(
        message.ErrorType, message.ErrorMessage, message.StackTrace, message.InnerFailure?.ToFailure(), message.IsNonRetriable);
}
