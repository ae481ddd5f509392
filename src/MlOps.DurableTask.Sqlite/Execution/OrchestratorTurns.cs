using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>Where the turns of one execution are taken: in this process, or by a worker elsewhere.</summary>
internal interface IOrchestratorTurns
{
    /// <summary>The time of the last turn.</summary>
    DateTime CurrentTime { get; }

    bool IsSuspended { get; }

    ValueTask<OrchestratorTurn> RunAsync(IReadOnlyList<HistoryEvent> newEvents, CancellationToken cancellationToken);
}

/// <summary>An orchestrator that lives in this process between its turns.</summary>
internal sealed class LocalTurns(OrchestrationSession session, LiveInstance instance, CrashGuard crashes) : IOrchestratorTurns
{
    public DateTime CurrentTime => session.CurrentTime;

    public bool IsSuspended => session.IsSuspended;

    public ValueTask<OrchestratorTurn> RunAsync(IReadOnlyList<HistoryEvent> newEvents, CancellationToken cancellationToken)
    {
        using var mark = crashes.Guard(Position.OfOrchestrator(instance.Key), $"orchestrator '{instance.Name}'");
        return new(session.RunTurn(newEvents));
    }
}

/// <summary>An orchestrator elsewhere: it is sent its whole history each time.</summary>
internal sealed class RemoteTurns(IRemoteWorkers workers, StoreReaders readers, LiveInstance instance) : IOrchestratorTurns
{
    public DateTime CurrentTime { get; private set; } = DateTime.MinValue.ToUniversalTime();

    public bool IsSuspended { get; private set; }

    /// <summary>Learns from the past what the hub itself needs to know.</summary>
    public RemoteTurns After(IEnumerable<HistoryEvent> pastEvents)
    {
        foreach (var past in pastEvents)
            Observe(past);
        return this;
    }

    public async ValueTask<OrchestratorTurn> RunAsync(IReadOnlyList<HistoryEvent> newEvents, CancellationToken cancellationToken)
    {
        foreach (var happened in newEvents)
            Observe(happened);
        var request = new OrchestratorRequest { InstanceId = instance.Id, ExecutionId = instance.Execution, NewEvents = { newEvents } };
        using (var lease = readers.Rent())
            request.PastEvents.AddRange(lease.Reader.ReadHistory(instance.Key).SelectMany(turn => turn.Events));
        var response = await workers.RunOrchestratorAsync(request, cancellationToken);
        // The completion is last, wherever the worker has put it: nothing follows an end.
        var actions = response.Actions.OrderBy(action => action.CompleteOrchestration is not null).ToList();
        return new OrchestratorTurn(actions, response.CustomStatus);
    }

    private void Observe(HistoryEvent happened)
    {
        if (happened.OrchestratorStarted is not null)
            CurrentTime = happened.Timestamp.ToDateTime();
        else if (happened.ExecutionSuspended is not null)
            IsSuspended = true;
        else if (happened.ExecutionResumed is not null)
            IsSuspended = false;
    }
}
