using MlOps.DurableTask.Protocol;
using static MlOps.DurableTask.Protocol.HistoryEvent;

namespace MlOps.DurableTask.Replay;

/// <summary>
/// One orchestration in memory: brought to life by replaying its past, then given new events turn by turn. As long as it is kept, a turn
/// costs what its new events cost, not what the history is long. Not thread-safe; a turn may run on any thread.
/// </summary>
public sealed class OrchestrationSession
{
    private readonly OrchestratorExecutor _executor;
    private readonly ReplayContext _context;
    private readonly DeterministicTaskScheduler _scheduler = new();
    private readonly List<OrchestratorAction> _unconfirmed = [];
    private Dictionary<int, DurableWait>? _waits;
    private Queue<HistoryEvent>? _keptWhileSuspended;
    private ExternalEvents? _events;
    private Task<object?>? _orchestrator;
    private int _eventsSeen;
    private bool _rewound;
    private NonDeterministicOrchestrationException? _contradiction;

    internal OrchestrationSession(OrchestratorExecutor executor, string instanceId, ReplayOptions options)
    {
        _executor = executor;
        Options = options;
        InstanceId = instanceId;
        _context = new ReplayContext(this);
    }

    /// <summary>Names the instance.</summary>
    public string InstanceId { get; }

    /// <summary>Whether the orchestrator is done: it returned, threw, was terminated or contradicted its history.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>Whether it is paused.</summary>
    public bool IsSuspended { get; private set; }

    /// <summary>How the code contradicts the history so far; <see langword="null"/> when it does not.</summary>
    public string? Contradiction => _contradiction?.Message;

    internal ReplayOptions Options { get; }

    internal PayloadSerializer Serializer => _executor.Serializer;

    internal OrchestratorExecutor Executor => _executor;

    internal bool IsReplaying { get; private set; }

    /// <summary>The time of the last turn, UTC: what the orchestrator sees as now.</summary>
    public DateTime CurrentTime { get; private set; }

    internal HistoryEvent? Started { get; private set; }

    internal ExternalEvents Events => _events ??= new ExternalEvents(Serializer);

    internal string? CustomStatus { get; set; }

    internal (string? Input, bool KeepEvents)? ContinuesAsNew { get; set; }

    internal int NextActionId { get; private set; }

    /// <summary>Brings the orchestrator to where its history left it. Called once, before the first turn.</summary>
    /// <param name="pastEvents">The whole history of the execution, oldest first.</param>
    public void Replay(IEnumerable<HistoryEvent> pastEvents)
    {
        using var entrance = _scheduler.Enter();
        IsReplaying = true;
        ApplyAll(pastEvents);
        IsReplaying = false;
    }

    /// <summary>
    /// Gives the orchestrator what has happened and says what it wants done. The caller makes that history before the next turn.
    /// Code that contradicts its history fails the orchestration: the turn's completion then says which event and which action.
    /// </summary>
    /// <param name="newEvents">In order; the first is OrchestratorStarted, whose timestamp is the turn's time.</param>
    public OrchestratorTurn RunTurn(IReadOnlyList<HistoryEvent> newEvents)
    {
        using var entrance = _scheduler.Enter();
        ApplyAll(newEvents);
        if (AwaitsWhatIsNotDurable)
        {
            _contradiction ??= new NonDeterministicOrchestrationException(
                $"{InstanceId}: orchestrator '{_context.Name}' awaits something that is not durable (Task.Delay, Task.Run, I/O). " +
                "Only await what its context returns; put everything else into an activity.");
        }
        if (_contradiction is not null)
            FailForContradiction(_contradiction, newEvents);
        else if (IsCompleted && ContinuesAsNew is { KeepEvents: true } && _unconfirmed is [.., { CompleteOrchestration: { OrchestrationStatus: OrchestrationStatus.ContinuedAsNew } next }])
            next.CarryoverEvents.AddRange(Unreceived());

        var turn = new OrchestratorTurn([.. _unconfirmed], CustomStatus);
        _unconfirmed.Clear();
        return turn;
    }

    internal string? Serialize(object? value, string what) => Serializer.Serialize(value, Options.MaxPayloadBytes, what);

    internal int Act(OrchestratorAction action)
    {
        action.Id = NextActionId++;
        // What an orchestrator still tries to do while it is being taken down leads nowhere.
        if (!IsCompleted)
            _unconfirmed.Add(action);
        return action.Id;
    }

    internal DurableWait<T> Wait<T>(int id, string taskName)
    {
        var wait = new DurableWait<T> { TaskName = taskName };
        (_waits ??= []).Add(id, wait);
        return wait;
    }

    private void ApplyAll(IEnumerable<HistoryEvent> history)
    {
        if (_contradiction is not null)
            return;
        try
        {
            foreach (var happened in history)
                Apply(happened);
        }
        catch (NonDeterministicOrchestrationException e)
        {
            _contradiction = e;
        }
    }

    private void Apply(HistoryEvent happened)
    {
        _eventsSeen++;
        switch (happened.EventTypeCase)
        {
            case EventTypeOneofCase.OrchestratorStarted:
                var time = happened.Timestamp.ToDateTime();
                if (time > CurrentTime)
                    CurrentTime = time;
                break;
            case EventTypeOneofCase.TaskScheduled or EventTypeOneofCase.SubOrchestrationInstanceCreated
                or EventTypeOneofCase.TimerCreated or EventTypeOneofCase.EventSent:
                Confirm(happened);
                break;
            case EventTypeOneofCase.OrchestratorCompleted:
                RequireAllConfirmed();
                break;
            case EventTypeOneofCase.GenericEvent:
                // Durable Functions rewinds by overwriting failed calls with generic events; the code then calls again.
                _rewound = true;
                break;
            case EventTypeOneofCase.ExecutionTerminated when !IsCompleted:
                Complete(OrchestrationStatus.Terminated, happened.ExecutionTerminated.Input, null);
                break;
            case EventTypeOneofCase.ExecutionSuspended:
                IsSuspended = true;
                break;
            case EventTypeOneofCase.ExecutionResumed:
                IsSuspended = false;
                while (!IsSuspended && _keptWhileSuspended is not null && _keptWhileSuspended.TryDequeue(out var kept))
                    Deliver(kept);
                break;
            default:
                if (IsSuspended)
                    (_keptWhileSuspended ??= new()).Enqueue(happened);
                else
                    Deliver(happened);
                break;
        }
    }

    private void Deliver(HistoryEvent happened)
    {
        switch (happened.EventTypeCase)
        {
            case EventTypeOneofCase.ExecutionStarted:
                Start(happened);
                break;
            case EventTypeOneofCase.TaskCompleted:
                Succeed(happened.TaskCompleted.TaskScheduledId, happened.TaskCompleted.Result);
                break;
            case EventTypeOneofCase.TaskFailed:
                Fail(happened.TaskFailed.TaskScheduledId, happened.TaskFailed.FailureDetails);
                break;
            case EventTypeOneofCase.SubOrchestrationInstanceCompleted:
                Succeed(happened.SubOrchestrationInstanceCompleted.TaskScheduledId, happened.SubOrchestrationInstanceCompleted.Result);
                break;
            case EventTypeOneofCase.SubOrchestrationInstanceFailed:
                Fail(happened.SubOrchestrationInstanceFailed.TaskScheduledId, happened.SubOrchestrationInstanceFailed.FailureDetails);
                break;
            case EventTypeOneofCase.TimerFired:
                Succeed(happened.TimerFired.TimerId, null);
                break;
            case EventTypeOneofCase.EventRaised:
                Events.Raise(happened);
                break;
            default:
                return;
        }
        _scheduler.Drain();
        CompleteIfDone();
    }

    private void Start(HistoryEvent started)
    {
        if (Started is not null)
            return;
        Started = started;
        _context.Started(started.ExecutionStarted);
        // Terminated before its time had come.
        if (IsCompleted)
            return;
        var name = started.ExecutionStarted.Name;
        try
        {
            var code = _executor.Create(name, started.ExecutionStarted.Version ?? "");
            var input = Serializer.Deserialize(started.ExecutionStarted.Input, code.InputType);
            _orchestrator = Task.Factory
                .StartNew(() => code.RunAsync(_context, input), CancellationToken.None, TaskCreationOptions.None, _scheduler)
                .Unwrap();
        }
        // Whatever keeps the orchestrator from being made (its constructor, its input, a missing registration) is its failure.
        catch (Exception e)
        {
            _orchestrator = Task.FromException<object?>(e);
        }
    }

    private void Succeed(int id, string? payload)
    {
        // Nobody waits when a completion is delivered twice, or for a timer that was cancelled.
        if (_waits is not null && _waits.Remove(id, out var wait))
            wait.Succeed(payload, Serializer);
    }

    private void Fail(int id, Protocol.TaskFailureDetails failure)
    {
        if (_waits is not null && _waits.Remove(id, out var wait))
            wait.Fail(new TaskFailedException(wait.TaskName, id, (failure ?? new()).ToFailure()));
    }

    private void CompleteIfDone()
    {
        if (IsCompleted || _orchestrator is not { IsCompleted: true })
            return;
        if (_orchestrator.IsFaulted || _orchestrator.IsCanceled)
        {
            var exception = _orchestrator.Exception?.InnerException ?? new TaskCanceledException(_orchestrator);
            Complete(OrchestrationStatus.Failed, null, TaskFailureDetails.FromException(exception));
        }
        else if (ContinuesAsNew is { } next)
        {
            Complete(OrchestrationStatus.ContinuedAsNew, next.Input, null);
        }
        else
        {
            CompleteWithResult(_orchestrator.Result);
        }
    }

    private void CompleteWithResult(object? result)
    {
        string? output;
        try
        {
            output = Serialize(result, $"The output of '{InstanceId}'");
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or NotSupportedException or InvalidOperationException or PayloadTooLargeException)
        {
            Complete(OrchestrationStatus.Failed, null, TaskFailureDetails.FromException(e));
            return;
        }
        Complete(OrchestrationStatus.Completed, output, null);
    }

    private void Complete(OrchestrationStatus status, string? result, TaskFailureDetails? failure)
    {
        var completion = new CompleteOrchestrationAction
        {
            OrchestrationStatus = status,
            Result = result,
            FailureDetails = failure?.ToMessage(),
        };
        Act(new OrchestratorAction { CompleteOrchestration = completion });
        IsCompleted = true;
    }

    private void Confirm(HistoryEvent recorded)
    {
        // Almost always the first: history keeps the order of the actions.
        var index = _unconfirmed.FindIndex(action => action.Id == recorded.EventId);
        if (index < 0)
        {
            throw Contradicts($"history has {ActionDescriptions.Describe(recorded)}, the code now {WhatTheCodeDoes()}");
        }
        if (ActionDescriptions.Mismatch(recorded, _unconfirmed[index]) is { } difference)
        {
            throw Contradicts(
                $"history has {ActionDescriptions.Describe(recorded)}, the code now {ActionDescriptions.Describe(_unconfirmed[index])}{(difference.Length == 0 ? "" : $" {difference}")}");
        }
        _unconfirmed.RemoveAt(index);
    }

    private void RequireAllConfirmed()
    {
        if (!IsReplaying || _rewound)
            return;
        var extra = _unconfirmed.Find(action => action.CompleteOrchestration is not { OrchestrationStatus: OrchestrationStatus.Terminated });
        if (extra is not null)
            throw Contradicts($"history ends this turn, the code now {ActionDescriptions.Describe(extra)}");
    }

    private string WhatTheCodeDoes() =>
        _unconfirmed.Count > 0 ? ActionDescriptions.Describe(_unconfirmed[0]) : IsCompleted ? "is done" : "does nothing here";

    private NonDeterministicOrchestrationException Contradicts(string what) => new(
        $"{InstanceId}, event {_eventsSeen}: {what}. Deploy the change as a new version of '{_context.Name}', or restore the code and rewind the instance.");

    private bool AwaitsWhatIsNotDurable =>
        _orchestrator is not null && !IsCompleted && !IsSuspended
        && (_scheduler.WasEnteredFromOutside || (_waits is not { Count: > 0 } && _events is not { IsAnyoneWaiting: true }));

    private void FailForContradiction(NonDeterministicOrchestrationException exception, IReadOnlyList<HistoryEvent> newEvents)
    {
        _unconfirmed.Clear();
        IsCompleted = false;
        // Ending an instance that nobody can replay any more must still work.
        if (newEvents.FirstOrDefault(e => e.ExecutionTerminated is not null) is { } terminated)
            Complete(OrchestrationStatus.Terminated, terminated.ExecutionTerminated.Input, null);
        else
            Complete(OrchestrationStatus.Failed, null, TaskFailureDetails.FromException(exception));
    }

    private IEnumerable<HistoryEvent> Unreceived() =>
        (_events?.Unreceived ?? []).Concat((_keptWhileSuspended ?? []).Where(kept => kept.EventRaised is not null));
}
