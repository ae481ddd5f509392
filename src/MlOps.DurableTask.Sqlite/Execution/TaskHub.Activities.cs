using Microsoft.Extensions.Logging;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>How the hub runs activities.</summary>
internal sealed partial class TaskHub
{
    private void AddActivity(ActivityCall call)
    {
        lock (call.Instance.Gate)
        {
            if (!call.Instance.Activities.TryAdd(call.TaskId, call))
                return;
        }
        activities.Add(call);
    }

    private void StartActivities()
    {
        while (!draining && activities.TryTake() is { } call)
            ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Hub.RunActivitiesAsync(work.Call), (Hub: this, Call: call), preferLocal: false);
    }

    /// <summary>Runs an activity, and then whichever is next, as long as there are any.</summary>
    private async Task RunActivitiesAsync(ActivityCall? call)
    {
        while (call is not null)
        {
            try
            {
                await RunActivityAsync(call);
            }
            // The activity's own failures are results; what comes here is the hub's, and must not leave the place occupied.
            catch (Exception e)
            {
                LogActivityLost(call.Instance.Id, call.Scheduled.Name, call.TaskId, e);
                failed.TrySetException(e);
            }
            activities.Release(call);
            call = draining ? null : activities.TryTake();
        }
    }

    private async Task RunActivityAsync(ActivityCall call)
    {
        if (call.Unwanted.IsCancellationRequested)
            return;
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(call.Unwanted.Token, stopActivities.Token);
        var request = new ActivityRequest
        {
            Name = call.Scheduled.Name,
            Version = call.Scheduled.Version,
            Input = call.Scheduled.Input,
            TaskId = call.TaskId,
            OrchestrationInstance = new OrchestrationInstance { InstanceId = call.Instance.Id, ExecutionId = call.Execution },
        };
        request.Tags.Add(call.Scheduled.Tags);
        ActivityResponse response;
        try
        {
            response = await activityExecutor.ExecuteAsync(
                request, ExecutionToken.IdempotencyKey(call.Instance.Id, call.ExecutionToken, call.TaskId), cancelled.Token);
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            // Not wanted, or to be run again at the next start.
            return;
        }
        Complete(call, response);
    }

    private void Complete(ActivityCall call, ActivityResponse response)
    {
        if (!call.TryComplete())
            return;
        try
        {
            PayloadSerializer.RequireSize(response.Result, options.MaxPayloadBytes, $"The result of activity '{call.Scheduled.Name}'");
        }
        catch (PayloadTooLargeException e)
        {
            response = new ActivityResponse { FailureDetails = TaskFailureDetails.FromException(e).ToMessage() };
        }
        var instance = call.Instance;
        var message = Message.OfActivity(call.Execution, call.TaskId, HubEvents.TaskFinished(time.GetUtcNow(), call.TaskId, response));
        lock (instance.Gate)
            instance.Activities.Remove(call.TaskId);
        if (Accept(instance, message, wasAnnounced: false))
            writer.Defer(message, ActivityPatience);
    }

    private static void CancelActivities(LiveInstance instance)
    {
        List<ActivityCall> unwanted;
        lock (instance.Gate)
        {
            unwanted = [.. instance.Activities.Values];
            instance.Activities.Clear();
        }
        // Elsewhere, for what the activity does about it is not the writer's business.
        foreach (var call in unwanted)
            _ = call.Unwanted.CancelAsync();
    }

    private async Task WaitForActivitiesAsync(TimeSpan limit)
    {
        var start = time.GetTimestamp();
        while (activities.Running > 0 && time.GetElapsedTime(start) < limit)
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, CancellationToken.None);
    }

    [LoggerMessage(3102, LogLevel.Error, "Instance {InstanceId}: activity {Activity} (#{TaskId}) could not be run or completed")]
    private partial void LogActivityLost(string instanceId, string activity, int taskId, Exception exception);
}
