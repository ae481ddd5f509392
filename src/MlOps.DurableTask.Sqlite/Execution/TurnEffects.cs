using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sqlite.Diagnostics;
using MlOps.DurableTask.Sqlite.Storage;
using static MlOps.DurableTask.Protocol.OrchestratorAction;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>
/// What a turn does to the world outside its instance, collected in its commit: activities, timers, sub-orchestrations, messages. Receivers
/// are found, and their places reserved, before the commit; they learn of it after.
/// </summary>
internal sealed class TurnEffects(StoreReaders readers, InstanceTable instances)
{
    /// <summary>Does what the actions ask for, in the commit, and gives the events that record them.</summary>
    public List<HistoryEvent> Act(TurnCommit commit, IReadOnlyList<OrchestratorAction> actions, DateTimeOffset now)
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

    /// <summary>Tells the parent, if there is one, how its sub-orchestration has ended.</summary>
    public void AnswerParent(TurnCommit commit, CompleteOrchestrationAction completion, DateTimeOffset now)
    {
        if (commit.Instance.Started?.ExecutionStarted.ParentInstance is not { OrchestrationInstance: { } parent } info)
            return;
        var answer = HubEvents.SubOrchestrationFinished(now, info.TaskScheduledId, completion, commit.Instance.Id);
        Send(commit, parent.InstanceId, Message.AnswerTo(parent.ExecutionId, answer));
    }

    /// <summary>Ends the sub-orchestrations that are not finished, and theirs in turn.</summary>
    public void TerminateChildren(TurnCommit commit, string? output, DateTimeOffset now)
    {
        List<string> children;
        using (var lease = readers.Rent())
            children = lease.Reader.ReadChildren(commit.Instance.Id);
        foreach (var child in children)
            Send(commit, child, Message.Of(HubEvents.ExecutionTerminated(now, output, recurse: true)));
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
                    Name = task.Name,
                    Version = task.Version,
                    Input = task.Input,
                    Tags = { task.Tags },
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
                    InstanceId = sub.InstanceId,
                    Name = sub.Name,
                    Version = sub.Version,
                    Input = sub.Input,
                    Tags = { sub.Tags },
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
                    OrchestrationStatus = end.OrchestrationStatus,
                    Result = end.Result,
                    FailureDetails = end.FailureDetails,
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
}
