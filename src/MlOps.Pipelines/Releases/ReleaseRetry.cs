using MlOps.DurableTask;

namespace MlOps.Pipelines.Releases;

/// <summary>How the steps of a release are tried again: storage that is away for a while is no reason to take a version back.</summary>
internal static class ReleaseRetry
{
    /// <summary>For some minutes; then the release is given up.</summary>
    public static TaskOptions Options { get; } = new(new RetryPolicy(maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2));

    /// <summary>For days: what must happen before anybody else may have the endpoint.</summary>
    public static TaskOptions UntilDone { get; } = new(new RetryPolicy(
        maxNumberOfAttempts: 1000, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(10)));
}
