using Google.Protobuf;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using MlOps.DurableTask.Sqlite.Diagnostics;
using MlOps.DurableTask.Sqlite.Storage;
using static MlOps.DurableTask.Protocol.OrchestratorAction;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>
/// Takes the turns of instances: gives the orchestrator what has arrived and makes one commit of what it decided. Nothing of a turn has
/// an effect before it is durable.
/// </summary>
internal sealed class TurnRunner(
    OrchestratorExecutor executor, ReplayOptions replay, IRemoteWorkers? remote, StoreReaders readers, InstanceTable instances, CrashGuard crashes,
    HubMetrics metrics, TimeProvider time, Action<TurnCommit> onDurable)
{
    /// <summary>Takes one turn with everything in the inbox.</summary>
    public async ValueTask<TurnCommit> RunAsync(LiveInstance instance, CancellationToken cancellationToken)
    {
        List<Message> messages;
        long place;
        lock (instance.Gate)
        {
            instance.Phase = LivePhase.Busy;
            messages = instance.TakeMessages();
            place = instance.ReservePlace();
        }
        try
        {
            return await RunAsync(instance, messages, place, cancellationToken);
        }
        // History that cannot be read, numbers that have run out: this instance cannot go on, the others can.
        catch (Exception e) when (e is not (TaskHubStorageException or OperationCanceledException))
        {
            return GiveUp(instance, messages, e);
        }
    }

    private async ValueTask<TurnCommit> RunAsync(LiveInstance instance, List<Message> messages, long place, CancellationToken cancellationToken)
    {
        var turns = instance.Turns ??= Revive(instance);
        var now = Later(time.GetUtcNow(), turns.CurrentTime);
        instance.Started ??= FindStart(messages);
        var (takenIn, discarded) = Sort(messages, instance.Execution);
        if (takenIn.Count == 0)
        {
            return new TurnCommit(instance, onDurable)
            {
                Status = instance.Status, Time = now.UtcTicks, CustomStatus = instance.CustomStatus, TakenIn = takenIn, Discarded = discarded,
            };
        }

        var started = HubEvents.At(now);
        started.OrchestratorStarted = new OrchestratorStartedEvent();
        var events = new List<HistoryEvent>(takenIn.Count + 4) { started };
        foreach (var message in takenIn)
            events.AddRange(message.Events);
        PutTerminationBeforeStart(instance, events, now);

        var decided = await turns.RunAsync(events, cancellationToken);
        var commit = Decide(instance, turns, decided, events, now, place);
        commit.TakenIn = takenIn;
        commit.Discarded = discarded;
        return commit;
    }

    private static HistoryEvent? FindStart(List<Message> messages)
    {
        foreach (var message in messages)
        {
            foreach (var happened in message.Events)
            {
                if (happened.ExecutionStarted is not null)
                    return happened;
            }
        }
        return null;
    }

    /// <summary>Tells the messages for this execution from those for one that is over.</summary>
    private static (List<Message> TakenIn, List<Message> Discarded) Sort(List<Message> messages, string? execution)
    {
        bool IsStale(Message message) => message.Execution is not null && message.Execution != execution;
        return messages.Exists(IsStale) ? (messages.FindAll(message => !IsStale(message)), messages.FindAll(IsStale)) : (messages, []);
    }

    private TurnCommit Decide(
        LiveInstance instance, IOrchestratorTurns turns, OrchestratorTurn decided, List<HistoryEvent> events, DateTimeOffset now, long place)
    {
        var completion = decided.Completion;
        if (completion is { OrchestrationStatus: OrchestrationStatus.ContinuedAsNew })
            return ContinueAsNew(instance, decided, completion, now, place);

        var commit = new TurnCommit(instance, onDurable)
        {
            Status = completion is not null ? (OrchestrationRuntimeStatus)completion.OrchestrationStatus
                : turns.IsSuspended ? OrchestrationRuntimeStatus.Suspended : OrchestrationRuntimeStatus.Running,
            Time = now.UtcTicks,
            CustomStatus = decided.CustomStatus,
            IsFinal = completion is not null,
            Output = completion?.Result,
            Failure = completion?.FailureDetails?.ToByteArray(),
        };
        var isTermination = events.Exists(e => e.ExecutionTerminated is { Recurse: true });
        events.AddRange(Act(commit, decided.Actions, now));
        if (completion is not null)
        {
            // What nobody has awaited ends with the orchestration, begun or not.
            commit.Activities.Clear();
            commit.Timers.Clear();
            if (instance.Started is not null)
                HubTracing.RecordOrchestration(instance.Started, completion, now);
            AnswerParent(commit, completion, now);
            if (isTermination && completion.OrchestrationStatus == OrchestrationStatus.Terminated)
                TerminateChildren(commit, completion.Result, now);
        }
        var ended = HubEvents.At(now);
        ended.OrchestratorCompleted = new OrchestratorCompletedEvent();
        events.Add(ended);
        commit.Turn = (++instance.LastTurn, TurnRecord.Encode(events));
        return commit;
    }

    private List<HistoryEvent> Act(TurnCommit commit, IReadOnlyList<OrchestratorAction> actions, DateTimeOffset now)
    {
        try
        {
            return actions.Select(action => Act(commit, action, now)).ToList();
        }
        catch
        {
            // The commit will not happen: what it has announced to others is taken back.
            foreach (var child in commit.Children)
                instances.Remove(child);
            foreach (var (receiver, _) in commit.Outgoing)
            {
                lock (receiver.Gate)
                    receiver.Announced--;
            }
            throw;
        }
    }

    private TurnCommit GiveUp(LiveInstance instance, List<Message> messages, Exception cause)
    {
        var now = time.GetUtcNow();
        var completion = new CompleteOrchestrationAction
        {
            OrchestrationStatus = OrchestrationStatus.Failed,
            FailureDetails = TaskFailureDetails.FromException(cause).ToMessage(),
        };
        var commit = new TurnCommit(instance, onDurable)
        {
            Status = OrchestrationRuntimeStatus.Failed,
            Time = now.UtcTicks,
            CustomStatus = instance.CustomStatus,
            IsFinal = true,
            Failure = completion.FailureDetails.ToByteArray(),
        };
        commit.TakenIn = messages;
        // Where the history could be read, the failed turn is part of it, and the instance can be rewound.
        if (instance.Turns is not null)
            commit.Turn = (++instance.LastTurn, TurnRecord.Encode(FailedTurn(messages, completion, now)));
        AnswerParent(commit, completion, now);
        return commit;
    }

    private static List<HistoryEvent> FailedTurn(List<Message> messages, CompleteOrchestrationAction completion, DateTimeOffset now)
    {
        var (started, failed, ended) = (HubEvents.At(now), HubEvents.At(now), HubEvents.At(now));
        started.OrchestratorStarted = new OrchestratorStartedEvent();
        failed.ExecutionCompleted = new() { OrchestrationStatus = completion.OrchestrationStatus, FailureDetails = completion.FailureDetails };
        ended.OrchestratorCompleted = new OrchestratorCompletedEvent();
        return [started, .. messages.SelectMany(message => message.Events), failed, ended];
    }

    /// <summary>Does what an action asks for, in the commit, and gives the event that records it.</summary>
    private HistoryEvent Act(TurnCommit commit, OrchestratorAction action, DateTimeOffset now)
    {
        var instance = commit.Instance;
        var recorded = HubEvents.At(now);
        recorded.EventId = action.Id;
        switch (action.OrchestratorActionTypeCase)
        {
            case OrchestratorActionTypeOneofCase.ScheduleTask:
                var task = action.ScheduleTask;
                recorded.TaskScheduled = new TaskScheduledEvent
                {
                    Name = task.Name, Version = task.Version, Input = task.Input, Tags = { task.Tags },
                    ParentTraceContext = task.ParentTraceContext ?? instance.Started!.ExecutionStarted.ParentTraceContext,
                };
                commit.Activities.Add(new ActivityCall(instance, instance.Execution, instance.ExecutionToken, recorded));
                break;
            case OrchestratorActionTypeOneofCase.CreateTimer:
                recorded.TimerCreated = new TimerCreatedEvent { FireAt = action.CreateTimer.FireAt };
                commit.Timers.Add((action.Id, action.CreateTimer.FireAt.ToDateTime().Ticks));
                break;
            case OrchestratorActionTypeOneofCase.CreateSubOrchestration:
                var sub = action.CreateSubOrchestration;
                recorded.SubOrchestrationInstanceCreated = new()
                {
                    InstanceId = sub.InstanceId, Name = sub.Name, Version = sub.Version, Input = sub.Input, Tags = { sub.Tags },
                };
                CreateChild(commit, action.Id, sub, now);
                break;
            case OrchestratorActionTypeOneofCase.SendEvent:
                var sent = action.SendEvent;
                recorded.EventSent = new EventSentEvent { InstanceId = sent.Instance.InstanceId, Name = sent.Name, Input = sent.Data };
                Send(commit, sent.Instance.InstanceId, Message.Of(HubEvents.EventRaised(now, sent.Name, sent.Data)));
                break;
            case OrchestratorActionTypeOneofCase.TerminateOrchestration:
                var ended = action.TerminateOrchestration;
                recorded.GenericEvent = new GenericEvent { Data = $"Terminated {ended.InstanceId}" };
                Send(commit, ended.InstanceId, Message.Of(HubEvents.ExecutionTerminated(now, ended.Reason, ended.Recurse)));
                break;
            case OrchestratorActionTypeOneofCase.CompleteOrchestration:
                var end = action.CompleteOrchestration;
                recorded.ExecutionCompleted = new()
                {
                    OrchestrationStatus = end.OrchestrationStatus, Result = end.Result, FailureDetails = end.FailureDetails,
                };
                break;
            default:
                throw new NotSupportedException($"'{instance.Id}' wants {action.OrchestratorActionTypeCase}, which the embedded task hub does not know.");
        }
        return recorded;
    }

    private void CreateChild(TurnCommit commit, int taskId, CreateSubOrchestrationAction sub, DateTimeOffset now)
    {
        var parent = commit.Instance;
        var child = instances.TryCreate(sub.InstanceId, InstanceIdReuse.ReplaceFinished, isFresh: false, LivePhase.Creating, (key, replaces) =>
        {
            var info = new ParentInstanceInfo
            {
                TaskScheduledId = taskId,
                Name = parent.Name,
                Version = parent.Started!.ExecutionStarted.Version,
                OrchestrationInstance = parent.Started.ExecutionStarted.OrchestrationInstance,
            };
            var start = HubEvents.ExecutionStarted(now, sub.InstanceId, sub.Name, sub.Version, sub.Input, sub.Tags, info);
            var context = sub.ParentTraceContext ?? parent.Started.ExecutionStarted.ParentTraceContext;
            using (var span = HubTracing.StartCreate(start.ExecutionStarted, HubTracing.Parse(context)))
                start.ExecutionStarted.ParentTraceContext = span.ToMessage() ?? context;
            return new Creation(
                new InstanceRow
                {
                    Key = key,
                    Id = sub.InstanceId,
                    Name = sub.Name,
                    Version = sub.Version ?? "",
                    Status = OrchestrationRuntimeStatus.Pending,
                    Created = now.UtcTicks,
                    Updated = now.UtcTicks,
                    ParentId = parent.Id,
                    Tags = InstanceRow.WriteTags(sub.Tags),
                },
                Message.Start([start]), replaces);
        }, out var existing);
        if (child is not null)
        {
            commit.Children.Add(child);
            return;
        }
        var taken = HubEvents.At(now);
        taken.SubOrchestrationInstanceFailed = new()
        {
            TaskScheduledId = taskId,
            FailureDetails = TaskFailureDetails.FromException(new OrchestrationAlreadyExistsException(sub.InstanceId, existing.Status)).ToMessage(),
        };
        Send(commit, parent.Id, Message.AnswerTo(parent.Execution, taken));
    }

    private void AnswerParent(TurnCommit commit, CompleteOrchestrationAction completion, DateTimeOffset now)
    {
        if (commit.Instance.Started?.ExecutionStarted.ParentInstance is not { OrchestrationInstance: { } parent } info)
            return;
        var answer = HubEvents.SubOrchestrationFinished(now, info.TaskScheduledId, completion, commit.Instance.Id);
        Send(commit, parent.InstanceId, Message.AnswerTo(parent.ExecutionId, answer));
    }

    private void TerminateChildren(TurnCommit commit, string? output, DateTimeOffset now)
    {
        List<string> children;
        using (var lease = readers.Rent())
            children = lease.Reader.ReadChildren(commit.Instance.Id);
        foreach (var child in children)
            Send(commit, child, Message.Of(HubEvents.ExecutionTerminated(now, output, recurse: true)));
    }

    private void Send(TurnCommit commit, string receiverId, Message message)
    {
        // An instance that ends between the search and the lock is searched for again, and then found finished.
        while (instances.Find(receiverId) is { } receiver)
        {
            lock (receiver.Gate)
            {
                if (receiver.Phase == LivePhase.Removed)
                    continue;
                receiver.GivePlace(message);
                receiver.Announced++;
            }
            commit.Outgoing.Add((receiver, message));
            return;
        }
    }

    private TurnCommit ContinueAsNew(
        LiveInstance instance, OrchestratorTurn decided, CompleteOrchestrationAction completion, DateTimeOffset now, long place)
    {
        var old = instance.Started!.ExecutionStarted;
        var start = HubEvents.ExecutionStarted(
            now, instance.Id, instance.Name, completion.NewVersion ?? old.Version, completion.Result, old.Tags, old.ParentInstance);
        start.ExecutionStarted.ParentTraceContext = old.ParentTraceContext;
        HubTracing.RecordOrchestration(instance.Started, completion, now);
        var next = Message.Start([start, .. completion.CarryoverEvents]);
        next.Position = place;
        var commit = new TurnCommit(instance, onDurable)
        {
            Status = OrchestrationRuntimeStatus.Running,
            Time = now.UtcTicks,
            CustomStatus = decided.CustomStatus,
            NextExecution = next,
        };
        // Timers and activities of the old execution end with it; what it sent and started stays.
        Act(commit, [.. decided.Actions.Where(a => a.SendEvent is not null || a.CreateSubOrchestration is not null || a.TerminateOrchestration is not null)], now);
        return commit;
    }

    private IOrchestratorTurns Revive(LiveInstance instance)
    {
        List<(int Turn, List<HistoryEvent> Events)> turns = [];
        if (instance.Creation is not { IsWritten: false })
        {
            using var lease = readers.Rent();
            turns = lease.Reader.ReadHistory(instance.Key);
        }
        var events = turns.SelectMany(turn => turn.Events);
        if (turns.Count > 0)
        {
            metrics.Replayed();
            instance.LastTurn = turns[^1].Turn;
            instance.Started = events.First(e => e.ExecutionStarted is not null);
        }
        if (remote is not null && !executor.HasOrchestrator(instance.Name, instance.Version))
            return new RemoteTurns(remote, readers, instance, replay.MaxPayloadBytes).After(events);
        var session = executor.CreateSession(instance.Id, replay);
        session.Replay(events);
        return new LocalTurns(session, instance, crashes);
    }

    /// <summary>An instance that is terminated before its scheduled start must not run its first lines.</summary>
    private static void PutTerminationBeforeStart(LiveInstance instance, List<HistoryEvent> events, DateTimeOffset now)
    {
        if (instance.StartAt is not { } start || start <= now.UtcTicks || instance.Status != OrchestrationRuntimeStatus.Pending)
            return;
        var termination = events.FindIndex(e => e.ExecutionTerminated is not null);
        if (termination <= 0)
            return;
        var first = events[termination];
        events.RemoveAt(termination);
        events.Insert(1, first);
    }

    private static DateTimeOffset Later(DateTimeOffset now, DateTime last) => now.UtcDateTime > last ? now : new DateTimeOffset(last, TimeSpan.Zero);
}
