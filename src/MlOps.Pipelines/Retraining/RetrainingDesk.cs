using MlOps.Core.Retraining;
using MlOps.DurableTask;
using MlOps.Storage.Retraining;

namespace MlOps.Pipelines.Retraining;

/// <summary>Takes wishes to train again. Taken means: it is judged and answered, whatever happens to this process.</summary>
public sealed class RetrainingDesk(RetrainingStore requests, DurableTaskClient client)
{
    /// <summary>Takes a wish. The same id sent again changes nothing.</summary>
    /// <returns>The wish as it stands.</returns>
    public async Task<RetrainingRequest> RequestAsync(RetrainingRequest request, CancellationToken cancellationToken)
    {
        var (standing, _) = await requests.AddAsync(request, cancellationToken);
        // Also for one that was there: a crash may have come between its record and its queue.
        if (standing.Status is RetrainingStatus.Waiting or RetrainingStatus.Starting) await WakeAsync(request.Pipeline, cancellationToken);
        return standing;
    }

    /// <summary>Goes on with what a crash left waiting.</summary>
    internal async Task ReconcileAsync(IReadOnlyList<string> pipelines, CancellationToken cancellationToken)
    {
        foreach (var pipeline in pipelines)
        {
            if ((await requests.ListAsync(pipeline, cancellationToken)).Any(r => r.Status is RetrainingStatus.Waiting or RetrainingStatus.Starting))
                await WakeAsync(pipeline, cancellationToken);
        }
    }

    private async Task WakeAsync(string pipeline, CancellationToken cancellationToken)
    {
        var id = $"retraining:{pipeline}";
        while (true)
        {
            try
            {
                await client.ScheduleNewOrchestrationInstanceAsync(nameof(RetrainingQueue), pipeline, new StartOrchestrationOptions { InstanceId = id }, cancellationToken);
                return;
            }
            catch (OrchestrationAlreadyExistsException)
            {
                // It is at work; the event keeps it from ending without another look, unless it has ended by now.
                await client.RaiseEventAsync(id, RetrainingQueue.Woken, cancellationToken: cancellationToken);
                if (await client.GetInstanceAsync(id, cancellationToken: cancellationToken) is { IsCompleted: false }) return;
            }
        }
    }
}
