using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>How the hub lets failed instances go on.</summary>
internal sealed partial class TaskHub
{
    private readonly SemaphoreSlim _rewinding = new(1);

    /// <summary>Rewinds a failed instance and its failed sub-orchestrations, all or none.</summary>
    /// <exception cref="OrchestrationNotFoundException">There is no such instance.</exception>
    /// <exception cref="OrchestrationStateException">It has not failed.</exception>
    public async Task RewindAsync(string instanceId, string? reason, CancellationToken cancellationToken)
    {
        // One at a time: two for the same instance would both find it failed.
        await _rewinding.WaitAsync(cancellationToken);
        try
        {
            var plans = new List<Plan>();
            MakePlan(instanceId, reason, plans);
            var failedNoMore = new List<string>();
            await ChangeAsync(store =>
            {
                foreach (var plan in plans)
                {
                    if (store.TryReopenInstance(plan.Row.Key, _time.GetUtcNow().UtcTicks))
                        Write(store, plan);
                    else
                        failedNoMore.Add(plan.Row.Id);
                }
            }, cancellationToken);
            if (failedNoMore.Contains(instanceId))
                throw new OrchestrationStateException(instanceId, OrchestrationRuntimeStatus.Failed, "it was replaced or purged meanwhile.");
            foreach (var plan in plans.Where(plan => !failedNoMore.Contains(plan.Row.Id)))
                TakeUp(plan);
        }
        finally
        {
            _rewinding.Release();
        }
    }

    private void MakePlan(string instanceId, string? reason, List<Plan> plans)
    {
        InstanceRow row;
        List<(int Turn, List<HistoryEvent> Events)> history;
        using (var lease = Readers.Rent())
        {
            row = lease.Reader.FindInstance(instanceId) ?? throw new OrchestrationNotFoundException(instanceId);
            if (row.Status != OrchestrationRuntimeStatus.Failed)
                throw new OrchestrationStateException(instanceId, row.Status, "only a failed instance can be rewound.");
            history = lease.Reader.ReadHistory(row.Key);
        }
        if (history is not [.., var (_, last)] || !last.Exists(e => e.ExecutionCompleted is not null))
            throw new OrchestrationStateException(instanceId, row.Status, "its history does not hold the failed turn, so it cannot be rewound. Restart it instead.");

        var rewind = Rewind.Of(history, () => _executor.CreateSession(instanceId, _replayOptions));
        var answers = PlanChildren(rewind, reason, plans);
        var rewound = HubEvents.At(_time.GetUtcNow());
        rewound.ExecutionRewound = new ExecutionRewoundEvent { Reason = reason };
        var told = Message.Start([rewound, .. rewind.Told, .. answers]);
        told.Position = Position.First(row.Key);
        plans.Add(new Plan(row, rewind, told));
    }

    /// <summary>Plans for the sub-orchestrations that failed, and gives the answers of those that ended while nobody listened.</summary>
    private List<HistoryEvent> PlanChildren(Rewind rewind, string? reason, List<Plan> plans)
    {
        var answers = new List<HistoryEvent>();
        foreach (var created in rewind.OpenChildren)
        {
            var id = created.SubOrchestrationInstanceCreated.InstanceId;
            InstanceRow? child;
            using (var lease = Readers.Rent())
                child = lease.Reader.FindInstance(id);
            if (child?.Status == OrchestrationRuntimeStatus.Failed)
            {
                MakePlan(id, reason, plans);
                continue;
            }
            if (child is not null && !child.Status.IsFinal())
                continue;
            var completion = new CompleteOrchestrationAction
            {
                OrchestrationStatus = (OrchestrationStatus)(child?.Status ?? OrchestrationRuntimeStatus.Terminated),
                Result = child?.Output,
                FailureDetails = child?.Failure is { } failure ? Protocol.TaskFailureDetails.Parser.ParseFrom(failure) : null,
            };
            answers.Add(HubEvents.SubOrchestrationFinished(_time.GetUtcNow(), created.EventId, completion, id));
        }
        return answers;
    }

    private static void Write(StoreWriter store, Plan plan)
    {
        var (key, rewind) = (plan.Row.Key, plan.Rewind);
        store.DeleteHistory(key);
        foreach (var (turn, events) in rewind.Turns)
            store.InsertTurn(key, turn, TurnRecord.Encode(events));
        foreach (var (turn, scheduled) in rewind.OpenActivities)
            store.InsertActivity(key, scheduled.EventId, turn);
        foreach (var timer in rewind.OpenTimers)
            store.InsertTimer(key, timer.EventId, timer.TimerCreated.FireAt.ToDateTime().Ticks);
        plan.Told.Write(store);
    }

    private void TakeUp(Plan plan)
    {
        var (row, rewind) = (plan.Row, plan.Rewind);
        _crashes.Forget(row.Key);
        if (!_options.RunWorkItems || Instances.Find(row.Id) is not { } instance)
            return;
        foreach (var timer in rewind.OpenTimers)
            _timers.Add(new DueTime(row.Id, row.Key, timer.EventId, null, timer.TimerCreated.FireAt.ToDateTime().Ticks));
        var started = rewind.Turns.SelectMany(turn => turn.Events).FirstOrDefault(e => e.ExecutionStarted is not null);
        foreach (var (_, scheduled) in rewind.OpenActivities)
        {
            var execution = started!.ExecutionStarted.OrchestrationInstance?.ExecutionId;
            AddActivity(new ActivityCall(instance, execution, ExecutionToken.Of(started), scheduled));
        }
        StartActivities();
        Wake(instance);
    }

    /// <summary>One failed instance, what its history becomes, and what it is told.</summary>
    private sealed record Plan(InstanceRow Row, Rewind Rewind, Message Told);
}
