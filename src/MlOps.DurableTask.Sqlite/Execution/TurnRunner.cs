using Google.Protobuf;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using MlOps.DurableTask.Sqlite.Diagnostics;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>
/// Takes the turns of instances: gives the orchestrator what has arrived and makes one commit of what it decided. Nothing of a turn has
/// an effect before it is durable.
/// </summary>
internal sealed class TurnRunner(
    OrchestratorExecutor executor, ReplayOptions replay, IRemoteWorkers? remote, StoreReaders readers, InstanceTable instances, CrashGuard crashes,
    HubMetrics metrics, TimeProvider time, Action<TurnCommit> onDurable)
{
    private readonly TurnEffects _effects = new(readers, instances);

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
        while (true)
        {
            try
            {
                return await RunAsync(instance, messages, place, cancellationToken);
            }
            catch (TurnInterruptedException)
            {
                lock (instance.Gate)
                    messages.AddRange(instance.TakeMessages());
            }
            // History that cannot be read, numbers that have run out: this instance cannot go on, the others can.
            catch (Exception e) when (e is not (TaskHubStorageException or OperationCanceledException))
            {
                return GiveUp(instance, messages, e);
            }
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
                Status = instance.Status,
                Time = now.UtcTicks,
                CustomStatus = instance.CustomStatus,
                TakenIn = takenIn,
                Discarded = discarded,
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
        events.AddRange(_effects.Act(commit, decided.Actions, now));
        if (completion is not null)
        {
            // What nobody has awaited ends with the orchestration, begun or not.
            commit.Activities.Clear();
            commit.Timers.Clear();
            if (instance.Started is not null)
                HubTracing.RecordOrchestration(instance.Started, completion, now);
            _effects.AnswerParent(commit, completion, now);
            if (isTermination && completion.OrchestrationStatus == OrchestrationStatus.Terminated)
                _effects.TerminateChildren(commit, completion.Result, now);
        }
        var ended = HubEvents.At(now);
        ended.OrchestratorCompleted = new OrchestratorCompletedEvent();
        events.Add(ended);
        commit.Turn = (++instance.LastTurn, TurnRecord.Encode(events));
        return commit;
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
        _effects.AnswerParent(commit, completion, now);
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
        _effects.Act(commit, [.. decided.Actions.Where(a => a.SendEvent is not null || a.CreateSubOrchestration is not null || a.TerminateOrchestration is not null)], now);
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
