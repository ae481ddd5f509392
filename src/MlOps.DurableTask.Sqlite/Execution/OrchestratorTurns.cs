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
