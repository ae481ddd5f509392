using System.Globalization;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using MlOps.DurableTask.Sqlite.Storage;
using static MlOps.DurableTask.Protocol.OrchestratorAction;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>An orchestrator elsewhere: it is sent its whole history each time, and what it answers is checked like anything from outside.</summary>
internal sealed class RemoteTurns(IRemoteWorkers workers, StoreReaders readers, LiveInstance instance, long maxPayloadBytes) : IOrchestratorTurns
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
        // Ending an instance must work when no worker is there, too.
        if (newEvents.FirstOrDefault(e => e.ExecutionTerminated is not null) is { } terminated)
            return Terminate(terminated);

        var request = new OrchestratorRequest { InstanceId = instance.Id, ExecutionId = instance.Execution };
        using (var lease = readers.Rent())
            request.PastEvents.AddRange(lease.Reader.ReadHistory(instance.Key).SelectMany(turn => turn.Events).Where(IsForWorkers));
        request.NewEvents.AddRange(newEvents.Where(IsForWorkers));
        var response = await RunAsync(request, cancellationToken);
        foreach (var action in response.Actions)
            Check(action);
        PayloadSerializer.RequireSize(response.CustomStatus, maxPayloadBytes, $"The custom status of '{instance.Id}'");
        // The completion is last, wherever the worker has put it: nothing follows an end.
        var actions = response.Actions.OrderBy(action => action.CompleteOrchestration is not null).ToList();
        return new OrchestratorTurn(actions, response.CustomStatus);
    }

    /// <summary>The history is rewound already; workers that see the event would do it once more.</summary>
    private static bool IsForWorkers(HistoryEvent happened) => happened.ExecutionRewound is null;

    private async Task<OrchestratorResponse> RunAsync(OrchestratorRequest request, CancellationToken cancellationToken)
    {
        using var unwanted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answer = workers.RunOrchestratorAsync(request, unwanted.Token);
        if (await Task.WhenAny(answer, instance.WatchForTermination()) == answer)
            return await answer;
        await unwanted.CancelAsync();
        try
        {
            return await answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TurnInterruptedException();
        }
    }

    private OrchestratorTurn Terminate(HistoryEvent terminated)
    {
        var completion = new CompleteOrchestrationAction
        {
            OrchestrationStatus = OrchestrationStatus.Terminated, Result = terminated.ExecutionTerminated.Input,
        };
        return new OrchestratorTurn([new OrchestratorAction { Id = -1, CompleteOrchestration = completion }], instance.CustomStatus);
    }

    private void Check(OrchestratorAction action)
    {
        var (payload, what) = action.OrchestratorActionTypeCase switch
        {
            OrchestratorActionTypeOneofCase.ScheduleTask => (action.ScheduleTask.Input, $"The input of activity '{action.ScheduleTask.Name}'"),
            OrchestratorActionTypeOneofCase.CreateSubOrchestration =>
                (action.CreateSubOrchestration.Input, $"The input of sub-orchestration '{action.CreateSubOrchestration.Name}'"),
            OrchestratorActionTypeOneofCase.SendEvent => (action.SendEvent.Data, $"The payload of event '{action.SendEvent.Name}'"),
            OrchestratorActionTypeOneofCase.CompleteOrchestration => (action.CompleteOrchestration.Result, $"The output of '{instance.Id}'"),
            OrchestratorActionTypeOneofCase.None => throw new NotSupportedException(
                $"'{instance.Id}', action {action.Id}: the worker asks for something that the embedded task hub does not know (an entity call or lock, or " +
                "an action of a newer protocol). Keep such state in an orchestration of its own."),
            _ => (null, ""),
        };
        PayloadSerializer.RequireSize(payload, maxPayloadBytes, what);
        if (action.CreateSubOrchestration is { InstanceId: "" } sub)
            sub.InstanceId = string.Create(CultureInfo.InvariantCulture, $"{instance.Id}:{action.Id:x4}");
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

/// <summary>A turn was given up because its instance is told to end; what it was to take in is still to be taken in.</summary>
internal sealed class TurnInterruptedException : Exception;
