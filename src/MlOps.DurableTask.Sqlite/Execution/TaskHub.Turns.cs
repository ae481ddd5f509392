using System.Diagnostics;
using Microsoft.Extensions.Logging;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>How instances come to their turns, and what follows from a turn that is durable.</summary>
internal sealed partial class TaskHub
{
    private async Task TakeTurnsAsync()
    {
        var lastYield = Stopwatch.GetTimestamp();
        await foreach (var instance in _ready.Reader.ReadAllAsync(CancellationToken.None))
        {
            // A long queue of turns must not keep the pool's few threads from the results of activities.
            if (Stopwatch.GetElapsedTime(lastYield) > s_longestRun)
            {
                await Task.Yield();
                lastYield = Stopwatch.GetTimestamp();
            }
            var turn = TakeTurnAsync(instance);
            // A turn in this process is over when it returns. One elsewhere goes on by itself, and must not keep others waiting.
            if (turn.IsCompleted)
                await turn;
        }
    }

    private async Task TakeTurnAsync(LiveInstance instance)
    {
        try
        {
            _metrics.TurnStarted(instance.ReadySince);
            var start = Stopwatch.GetTimestamp();
            _writer.Submit(await _turns.RunAsync(instance, _stopActivities.Token));
            _metrics.TurnEnded(start);
        }
        catch (OperationCanceledException) when (_stopActivities.IsCancellationRequested)
        {
            // Taken again at the next start: what it was to take in is on disk, or comes again.
        }
        // The file failed: what fails otherwise fails its own instance only. The hub starts over from what is on disk.
        catch (Exception e)
        {
            LogTurnFailed(instance.Id, e);
            _failed.TrySetException(e);
        }
    }

    /// <summary>Finds the instance and puts a message into its inbox.</summary>
    private bool Post(string instanceId, Message message)
    {
        while (Instances.Find(instanceId) is { } instance)
        {
            if (Accept(instance, message, wasAnnounced: false))
                return true;
        }
        return false;
    }

    private bool Accept(LiveInstance instance, Message message, bool wasAnnounced)
    {
        lock (instance.Gate)
        {
            if (wasAnnounced)
                instance.Announced--;
            if (instance.Phase == LivePhase.Removed)
                return false;
            if (!wasAnnounced)
                instance.GivePlace(message);
            instance.Add(message);
        }
        Wake(instance);
        return true;
    }

    /// <summary>Queues an instance for a turn if it has anything to do and is not queued already.</summary>
    private void Wake(LiveInstance instance)
    {
        lock (instance.Gate)
        {
            if (instance.Phase != LivePhase.Idle || !_options.RunWorkItems || !instance.HasMessages || !instance.MayRun(_time.GetUtcNow().UtcTicks))
                return;
            instance.Phase = LivePhase.Ready;
            instance.ReadySince = Stopwatch.GetTimestamp();
        }
        _ready.Writer.TryWrite(instance);
    }

    private void OnTurnDurable(TurnCommit commit)
    {
        var instance = commit.Instance;
        var changed = commit.Status != instance.Status;
        instance.Status = commit.Status;
        instance.CustomStatus = commit.CustomStatus;
        foreach (var (timerId, due) in commit.Timers)
            _timers.Add(new DueTime(instance.Id, instance.Key, timerId, instance.Execution, due));
        foreach (var call in commit.Activities)
            AddActivity(call);
        foreach (var child in commit.Children)
            Begin(child);
        foreach (var (receiver, message) in commit.Outgoing)
        {
            if (!Accept(receiver, message, wasAnnounced: true))
                _writer.Submit(new StoreAction(store => store.DeleteMessage(message.Position)));
        }

        if (commit.IsFinal)
            Finish(instance);
        else
            GoOn(instance, commit.NextExecution);
        if (changed)
            Waiters.Changed(instance.Id);
        if (commit.Activities.Count > 0)
            StartActivities();
    }

    private void Begin(LiveInstance child)
    {
        child.Creation!.OnDurable();
        child.Creation = null;
        lock (child.Gate)
            child.Phase = LivePhase.Idle;
        Wake(child);
    }

    private void Finish(LiveInstance instance)
    {
        List<Message> late;
        lock (instance.Gate)
        {
            instance.Phase = LivePhase.Removed;
            late = instance.TakeMessages();
        }
        Instances.Remove(instance);
        CancelActivities(instance);
        _metrics.Finished(instance.Status);
        LogFinished(instance.Id, instance.Name, instance.Status);
        foreach (var message in late)
        {
            // A finished instance discards what it is sent, and says so by accepting it.
            message.IsObsolete = true;
            if (message.IsWritten)
                _writer.Submit(new StoreAction(store => store.DeleteMessage(message.Position)));
            message.OnDurable();
        }
    }

    private void GoOn(LiveInstance instance, Message? nextExecution)
    {
        if (nextExecution is not null)
        {
            CancelActivities(instance);
            instance.Turns = null;
            instance.Started = null;
            instance.LastTurn = 0;
        }
        lock (instance.Gate)
        {
            if (nextExecution is not null)
                instance.AddFirst(nextExecution);
            instance.Phase = LivePhase.Idle;
            instance.IdleSince = _time.GetTimestamp();
        }
        Wake(instance);
    }

    private void OnDue(DueTime due)
    {
        try
        {
            if (Instances.Find(due.InstanceId) is not { } instance || instance.Key != due.Key)
                return;
            if (due.TimerId is { } timerId)
                Accept(instance, Message.OfTimer(due.Execution, timerId, HubEvents.TimerFired(_time.GetUtcNow(), timerId, due.Due)), wasAnnounced: false);
            else
                Wake(instance);
        }
        // Nobody is above this on the timer's thread. The timer stays on disk, and fires in the hub that takes over.
        catch (Exception e)
        {
            LogTimerLost(due.InstanceId, e);
            _failed.TrySetException(e);
        }
    }

    [LoggerMessage(3101, LogLevel.Error, "Instance {InstanceId}: a turn could not be taken; the task hub starts over from its file")]
    private partial void LogTurnFailed(string instanceId, Exception exception);

    [LoggerMessage(3105, LogLevel.Debug, "Instance {InstanceId} of {Orchestrator} is finished: {Status}")]
    private partial void LogFinished(string instanceId, string orchestrator, OrchestrationRuntimeStatus status);

    [LoggerMessage(3107, LogLevel.Error, "Instance {InstanceId}: a timer could not be delivered; the task hub starts over from its file")]
    private partial void LogTimerLost(string instanceId, Exception exception);
}
