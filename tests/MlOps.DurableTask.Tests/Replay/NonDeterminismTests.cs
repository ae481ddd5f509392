using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using static MlOps.DurableTask.Tests.Replay.ReplayHarness;

namespace MlOps.DurableTask.Tests.Replay;

/// <summary>Code that changed under a history fails with the event and the action that differ.</summary>
public sealed class NonDeterminismTests
{
    private static OrchestratorExecutor Code(Func<TaskOrchestrationContext, object?, Task<string>> orchestrator) =>
        Executor(tasks => tasks.AddOrchestratorFunc("flow", orchestrator));

    /// <summary>History of: call A, wait for it, call B.</summary>
    private static ReplayHarness Recorded()
    {
        var harness = new ReplayHarness();
        var code = Code(async (context, _) =>
        {
            await context.CallActivityAsync("A", 1);
            await context.CallActivityAsync("B", 2);
            return "done";
        });
        harness.Turn(code, Started("flow"));
        harness.Turn(code, TaskCompleted(0));
        return harness;
    }

    private static string FailureOf(IReadOnlyList<OrchestratorAction> actions)
    {
        var completion = Assert.Single(actions).CompleteOrchestration;
        Assert.Equal(OrchestrationStatus.Failed, completion.OrchestrationStatus);
        Assert.Equal(typeof(NonDeterministicOrchestrationException).FullName, completion.FailureDetails.ErrorType);
        return completion.FailureDetails.ErrorMessage;
    }

    [Fact]
    public void The_same_code_goes_on()
    {
        var actions = Recorded().Turn(Code(async (context, _) =>
        {
            await context.CallActivityAsync("A", 1);
            await context.CallActivityAsync("B", 2);
            return "done";
        }), TaskCompleted(1));

        Assert.Equal("\"done\"", Assert.Single(actions).CompleteOrchestration.Result);
    }

    [Fact]
    public void Another_activity_is_named()
    {
        var message = FailureOf(Recorded().Turn(Code(async (context, _) =>
        {
            await context.CallActivityAsync("A", 1);
            await context.CallActivityAsync("C", 2);
            return "done";
        }), TaskCompleted(1)));

        Assert.StartsWith("run-1, event 7: history has activity 'B' (#1), the code now calls activity 'C' (#1).", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_input_is_named()
    {
        var message = FailureOf(Recorded().Turn(Code(async (context, _) =>
        {
            await context.CallActivityAsync("A", 1);
            await context.CallActivityAsync("B", 3);
            return "done";
        }), TaskCompleted(1)));

        Assert.Contains("the code now calls activity 'B' (#1) with another input", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_order_is_named()
    {
        var message = FailureOf(Recorded().Turn(Code(async (context, _) =>
        {
            await context.CallActivityAsync("B", 2);
            await context.CallActivityAsync("A", 1);
            return "done";
        }), TaskCompleted(1)));

        Assert.StartsWith("run-1, event 3: history has activity 'A' (#0), the code now calls activity 'B' (#0).", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_call_is_named()
    {
        var message = FailureOf(Recorded().Turn(Code(async (context, _) =>
        {
            await context.CallActivityAsync("A", 1);
            return "done";
        }), TaskCompleted(1)));

        Assert.Contains("event 7: history has activity 'B' (#1), the code now returns", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_additional_call_is_named()
    {
        var message = FailureOf(Recorded().Turn(Code(async (context, _) =>
        {
            var a = context.CallActivityAsync("A", 1);
            var extra = context.CallActivityAsync("Extra");
            await Task.WhenAll(a, extra);
            return "done";
        }), TaskCompleted(1)));

        Assert.Contains("event 4: history ends this turn, the code now calls activity 'Extra' (#1)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_kind_of_step_is_named()
    {
        var message = FailureOf(Recorded().Turn(Code(async (context, _) =>
        {
            await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            return "done";
        }), TaskCompleted(1)));

        Assert.Contains("history has activity 'A' (#0), the code now makes a timer (#0)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Awaiting_what_is_not_durable_fails_at_once()
    {
        var message = FailureOf(new ReplayHarness().Turn(Code(async (_, _) =>
        {
            await Task.Delay(TimeSpan.FromHours(1));
            return "never";
        }), Started("flow")));

        Assert.Contains("orchestrator 'flow' awaits something that is not durable", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_instance_that_contradicts_its_history_can_still_be_terminated()
    {
        var completion = Assert.Single(Recorded().Turn(
            Code((_, _) => Task.FromResult("changed")),
            new HistoryEvent { EventId = -1, ExecutionTerminated = new() { Input = "\"enough\"" } })).CompleteOrchestration;

        Assert.Equal((OrchestrationStatus.Terminated, "\"enough\""), (completion.OrchestrationStatus, completion.Result));
    }

    [Fact]
    public void An_unknown_orchestrator_names_the_known_ones()
    {
        var completion = Assert.Single(new ReplayHarness().Turn(Code((_, _) => Task.FromResult("")), Started("flwo"))).CompleteOrchestration;

        Assert.Equal(typeof(TaskNotRegisteredException).FullName, completion.FailureDetails.ErrorType);
        Assert.Equal("No orchestrator 'flwo' is registered here. Registered: flow.", completion.FailureDetails.ErrorMessage);
    }
}
