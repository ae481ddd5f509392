using MlOps.DurableTask;

namespace MlOps.Pipelines.Runs;

/// <summary>How steps are tried again: what storage or the machine got wrong, never what the data or the user got wrong.</summary>
internal static class StepRetry
{
    public static TaskOptions Options { get; } = new(new RetryPolicy(maxNumberOfAttempts: 3, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 3));

    /// <summary>The innermost message: what went wrong, without the names of the activities that it went through.</summary>
    public static string RootMessage(TaskFailureDetails failure)
    {
        // A sub-orchestration fails with the failure of its activity inside; the activity's own message says it all.
        while (failure.ErrorType == typeof(TaskFailedException).FullName && failure.InnerFailure is { } inner) failure = inner;
        return failure.ErrorMessage;
    }
}
