using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;

namespace MlOps.DurableTask.Tests.Replay;

/// <summary>Plays the backend: keeps a history, feeds it to orchestrators turn by turn, and turns their actions into history.</summary>
internal sealed class ReplayHarness
{
    private readonly string _instanceId;
    private DateTime _now = new(2026, 3, 3, 8, 0, 0, DateTimeKind.Utc);

    public ReplayHarness(string instanceId = "run-1") => _instanceId = instanceId;

    public List<HistoryEvent> History { get; } = [];

    public ReplayOptions Options { get; init; } = new();

    public static OrchestratorExecutor Executor(Action<DurableTaskRegistry> register)
    {
        var services = new ServiceCollection().AddLogging().AddDurableTask(register).BuildServiceProvider();
        return services.GetRequiredService<OrchestratorExecutor>();
    }

    public static HistoryEvent Started(string name, string? input = null) => new()
    {
        EventId = -1,
        Timestamp = Timestamp.FromDateTime(new DateTime(2026, 3, 3, 8, 0, 0, DateTimeKind.Utc)),
        ExecutionStarted = new() { Name = name, Input = input, OrchestrationInstance = new() { InstanceId = "run-1", ExecutionId = "e1" } },
    };

    public static HistoryEvent TaskCompleted(int id, string? result = null) => new() { EventId = -1, TaskCompleted = new() { TaskScheduledId = id, Result = result } };

    public static HistoryEvent TaskFailed(int id, string type, bool isNonRetriable = false) => new()
    {
        EventId = -1,
        TaskFailed = new() { TaskScheduledId = id, FailureDetails = new() { ErrorType = type, ErrorMessage = "failed", IsNonRetriable = isNonRetriable } },
    };

    public static HistoryEvent TimerFired(int id) => new() { EventId = -1, TimerFired = new() { TimerId = id } };

    public static HistoryEvent EventRaised(string name, string? input = null) => new() { EventId = -1, EventRaised = new() { Name = name, Input = input } };

    public void Advance(TimeSpan time) => _now += time;

    /// <summary>One turn from a cold start: the whole history is replayed first.</summary>
    public IReadOnlyList<OrchestratorAction> Turn(OrchestratorExecutor executor, params HistoryEvent[] happened)
    {
        List<HistoryEvent> news = [new() { EventId = -1, Timestamp = Timestamp.FromDateTime(_now), OrchestratorStarted = new() }, .. happened];
        var response = executor.Execute(
            new OrchestratorRequest { InstanceId = _instanceId, PastEvents = { History }, NewEvents = { news } }, Options);
        History.AddRange(news);
        History.AddRange(response.Actions.Select(Record));
        History.Add(new() { EventId = -1, OrchestratorCompleted = new() });
        return response.Actions;
    }

    private static HistoryEvent Record(OrchestratorAction action)
    {
        var recorded = new HistoryEvent { EventId = action.Id };
        if (action.ScheduleTask is { } task)
            recorded.TaskScheduled = new() { Name = task.Name, Input = task.Input };
        else if (action.CreateTimer is { } timer)
            recorded.TimerCreated = new() { FireAt = timer.FireAt };
        else if (action.CreateSubOrchestration is { } sub)
            recorded.SubOrchestrationInstanceCreated = new() { InstanceId = sub.InstanceId, Name = sub.Name, Input = sub.Input };
        else if (action.SendEvent is { } sent)
            recorded.EventSent = new() { InstanceId = sent.Instance.InstanceId, Name = sent.Name, Input = sent.Data };
        else if (action.CompleteOrchestration is { } end)
            recorded.ExecutionCompleted = new() { OrchestrationStatus = end.OrchestrationStatus, Result = end.Result, FailureDetails = end.FailureDetails };
        return recorded;
    }
}
