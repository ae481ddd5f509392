using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using MlOps.DurableTask.Sqlite.Diagnostics;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>How the hub runs activities.</summary>
internal sealed partial class TaskHub
{
    private readonly PriorityQueue<ActivityCall, int> _suspects = new();
    private bool _isRunningSuspects;

    private void AddActivity(ActivityCall call)
    {
        lock (call.Instance.Gate)
        {
            if (!call.Instance.Activities.TryAdd(call.TaskId, call))
                return;
        }
        if (_remote is not null && !_activityExecutor.HasActivity(call.Scheduled.Name))
            _ = RunRemotelyAsync(call, _remote);
        else if (_crashes.IsSuspect(call.Position, out var count))
            AddSuspect(call, count);
        else
            _activities.Add(call);
    }

    private void StartActivities()
    {
        while (!_draining && _activities.TryTake() is { } call)
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
                _failed.TrySetException(e);
            }
            _activities.Release(call);
            call = _draining ? null : _activities.TryTake();
        }
    }

    private void AddSuspect(ActivityCall call, int count)
    {
        lock (_suspects)
        {
            // The worst first: it is the likeliest to be guilty, and if it is not, it is cleared before another crash is blamed on it.
            _suspects.Enqueue(call, -count);
            if (_isRunningSuspects)
                return;
            _isRunningSuspects = true;
        }
        _ = Task.Run(RunSuspectsAsync, CancellationToken.None);
    }

    /// <summary>Runs activities that may have killed the process before, one after another.</summary>
    private async Task RunSuspectsAsync()
    {
        while (TryTakeSuspect(out var call))
        {
            try
            {
                await RunActivityAsync(call);
            }
            catch (Exception e)
            {
                LogActivityLost(call.Instance.Id, call.Scheduled.Name, call.TaskId, e);
                _failed.TrySetException(e);
            }
        }
    }

    private bool TryTakeSuspect([NotNullWhen(true)] out ActivityCall? call)
    {
        lock (_suspects)
        {
            call = null;
            return _isRunningSuspects = !_draining && _suspects.TryDequeue(out call, out _);
        }
    }

    private async Task RunRemotelyAsync(ActivityCall call, IRemoteWorkers workers)
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(call.Unwanted.Token, _stopActivities.Token);
        try
        {
            Complete(call, await workers.RunActivityAsync(RequestOf(call), cancelled.Token));
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            // Not wanted, or to be run again at the next start.
        }
        catch (Exception e)
        {
            LogActivityLost(call.Instance.Id, call.Scheduled.Name, call.TaskId, e);
            Complete(call, new ActivityResponse { FailureDetails = TaskFailureDetails.FromException(e).ToMessage() });
        }
    }

    private async Task RunActivityAsync(ActivityCall call)
    {
        if (call.Unwanted.IsCancellationRequested)
            return;
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(call.Unwanted.Token, _stopActivities.Token);
        _metrics.ActivityStarted(call.ReadySince);
        var start = Stopwatch.GetTimestamp();
        var request = RequestOf(call);
        using var span = HubTracing.StartActivity(request);
        ActivityResponse response;
        try
        {
            using (_crashes.Guard(call.Position, $"activity '{call.Scheduled.Name}'"))
            {
                response = await _activityExecutor.ExecuteAsync(
                    request, ExecutionToken.IdempotencyKey(call.Instance.Id, call.ExecutionToken, call.TaskId), cancelled.Token);
            }
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            // Not wanted, or to be run again at the next start.
            return;
        }
        catch (PoisonedWorkItemException e)
        {
            LogPoisoned(call.Instance.Id, call.Scheduled.Name, call.TaskId, e.Message);
            response = new ActivityResponse { FailureDetails = TaskFailureDetails.FromException(e).ToMessage() };
        }
        _metrics.ActivityEnded(start);
        if (response.FailureDetails is { } failure)
        {
            span?.SetFailure(failure);
            LogActivityFailed(call.Instance.Id, call.Scheduled.Name, call.TaskId, failure.ErrorType);
        }
        Complete(call, response);
    }

    private static ActivityRequest RequestOf(ActivityCall call)
    {
        var request = new ActivityRequest
        {
            Name = call.Scheduled.Name,
            Version = call.Scheduled.Version,
            Input = call.Scheduled.Input,
            TaskId = call.TaskId,
            OrchestrationInstance = new OrchestrationInstance { InstanceId = call.Instance.Id, ExecutionId = call.Execution },
            ParentTraceContext = call.Scheduled.ParentTraceContext,
        };
        request.Tags.Add(call.Scheduled.Tags);
        return request;
    }

    private void Complete(ActivityCall call, ActivityResponse response)
    {
        if (!call.TryComplete())
            return;
        try
        {
            PayloadSerializer.RequireSize(response.Result, _options.MaxPayloadBytes, $"The result of activity '{call.Scheduled.Name}'");
        }
        catch (PayloadTooLargeException e)
        {
            response = new ActivityResponse { FailureDetails = TaskFailureDetails.FromException(e).ToMessage() };
        }
        var instance = call.Instance;
        var message = Message.OfActivity(call.Execution, call.TaskId, HubEvents.TaskFinished(_time.GetUtcNow(), call.TaskId, response));
        lock (instance.Gate)
            instance.Activities.Remove(call.TaskId);
        if (Accept(instance, message, wasAnnounced: false))
            _writer.Defer(message, s_activityPatience);
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
        var start = _time.GetTimestamp();
        while (_activities.Running > 0 && _time.GetElapsedTime(start) < limit)
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, CancellationToken.None);
    }

    [LoggerMessage(3106, LogLevel.Warning, "Instance {InstanceId}: activity {Activity} (#{TaskId}) failed with {ErrorType}")]
    private partial void LogActivityFailed(string instanceId, string activity, int taskId, string errorType);

    [LoggerMessage(3103, LogLevel.Error, "Instance {InstanceId}: activity {Activity} (#{TaskId}) is given up: {Reason}")]
    private partial void LogPoisoned(string instanceId, string activity, int taskId, string reason);

    [LoggerMessage(3102, LogLevel.Error, "Instance {InstanceId}: activity {Activity} (#{TaskId}) could not be run or completed")]
    private partial void LogActivityLost(string instanceId, string activity, int taskId, Exception exception);
}
