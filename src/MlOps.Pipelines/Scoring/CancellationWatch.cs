using MlOps.Core.Scoring;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Scoring;

/// <summary>Stops a step of a scoring job in the midst when its job is cancelled.</summary>
internal sealed class CancellationWatch(ScoringStore store, TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>Does the work of a step as long as its job runs.</summary>
    /// <returns>What came of it; <see langword="null"/>: the job was cancelled meanwhile.</returns>
    public async Task<T?> WhileRunningAsync<T>(string jobId, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
        where T : class
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = work(stop.Token);
        while (await Task.WhenAny(working, Task.Delay(s_interval, time, cancellationToken)) != working && !stop.IsCancellationRequested)
        {
            if (await store.TryGetAsync(jobId, cancellationToken) is not { Status: ScoringStatus.Running }) await stop.CancelAsync();
        }

        try
        {
            return await working;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
