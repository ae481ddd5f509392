using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask.Functions.Activities;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;

namespace MlOps.DurableTask.Functions.Tests.Activities;

/// <summary>An orchestrator must not be able to tell the extension from the embedded task hub.</summary>
public class HistoryTranslationTests
{
    private readonly OrchestratorExecutor _executor = new ServiceCollection()
        .AddDurableTask(registry => registry.AddOrchestratorFunc<string, string>("Greet", async (context, name) =>
        {
            try
            {
                return await context.CallActivityAsync<string>("Hello", new { name });
            }
            catch (TaskFailedException failed)
            {
                return $"{failed.FailureDetails.ErrorType}: {failed.FailureDetails.ErrorMessage}";
            }
        }))
        .BuildServiceProvider().GetRequiredService<OrchestratorExecutor>();

    [Fact]
    public void A_call_carries_its_key_and_its_result_reaches_the_orchestrator()
    {
        var first = Turn([], [Started()]);
        var call = ActivityCall.TryRead(first.ScheduleTask.Input)!;
        Assert.Equal((0, """{"name":"Ada"}"""), (call.TaskId, call.Input));
        Assert.StartsWith("greet-1:", call.Key, StringComparison.Ordinal);
        Assert.EndsWith(":0", call.Key, StringComparison.Ordinal);

        var second = Turn([Started(), Scheduled(first)], [Completed(new ActivityOutcome("\"Hello, Ada\"", null).Write())]);
        Assert.Equal("\"Hello, Ada\"", second.CompleteOrchestration.Result);
    }

    [Fact]
    public void The_same_call_has_the_same_key_at_every_delivery() =>
        Assert.Equal(ActivityCall.TryRead(Turn([], [Started()]).ScheduleTask.Input), ActivityCall.TryRead(Turn([], [Started()]).ScheduleTask.Input));

    [Fact]
    public void A_failure_inside_the_envelope_fails_the_call()
    {
        var failure = new TaskFailureDetails("My.Error", "It does not work.").ToMessage();
        var done = Turn([Started(), Scheduled(Turn([], [Started()]))], [Completed(new ActivityOutcome(null, failure).Write())]);
        Assert.Equal("\"My.Error: It does not work.\"", done.CompleteOrchestration.Result);
    }

    [Fact]
    public void A_failure_that_the_extension_tells_of_itself_fails_the_call_too()
    {
        var failed = new HistoryEvent { TaskFailed = new() { TaskScheduledId = 0, FailureDetails = new() { ErrorType = "System.Net.Http.HttpRequestException", ErrorMessage = "500" } } };
        var done = Turn([Started(), Scheduled(Turn([], [Started()]))], [failed]);
        Assert.Equal("\"System.Net.Http.HttpRequestException: 500\"", done.CompleteOrchestration.Result);
    }

    private OrchestratorAction Turn(IEnumerable<HistoryEvent> past, IEnumerable<HistoryEvent> news)
    {
        var request = new OrchestratorRequest { InstanceId = "greet-1", PastEvents = { past }, NewEvents = { Begun(), news } };
        HistoryTranslation.Unwrap(request);
        var response = _executor.Execute(request);
        HistoryTranslation.Wrap(response, request);
        return Assert.Single(response.Actions);
    }

    private static HistoryEvent Begun() => new() { Timestamp = new Timestamp { Seconds = 1 }, OrchestratorStarted = new() };

    private static HistoryEvent Started() => new()
    {
        Timestamp = new Timestamp { Seconds = 1 },
        ExecutionStarted = new() { Name = "Greet", Input = "\"Ada\"", OrchestrationInstance = new() { InstanceId = "greet-1", ExecutionId = "e1" } },
    };

    private static HistoryEvent Scheduled(OrchestratorAction action) =>
        new() { EventId = action.Id, TaskScheduled = new() { Name = action.ScheduleTask.Name, Input = action.ScheduleTask.Input } };

    private static HistoryEvent Completed(string result) => new() { TaskCompleted = new() { TaskScheduledId = 0, Result = result } };
}
