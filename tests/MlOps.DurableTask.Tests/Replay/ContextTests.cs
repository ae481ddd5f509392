using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using static MlOps.DurableTask.Tests.Replay.ReplayHarness;

namespace MlOps.DurableTask.Tests.Replay;

/// <summary>What an orchestrator sees through its context is the same at every replay.</summary>
public sealed class ContextTests
{
    private readonly ReplayHarness _harness = new();

    private static string Output(IReadOnlyList<OrchestratorAction> actions) => actions[^1].CompleteOrchestration.Result;

    [Fact]
    public void Ids_and_time_are_the_same_at_every_replay_and_ids_differ_from_each_other()
    {
        var seen = new List<(Guid, Guid, DateTime)>();
        var code = Executor(tasks => tasks.AddOrchestratorFunc<object?, string>("flow", async (context, _) =>
        {
            seen.Add((context.NewGuid(), context.NewGuid(), context.CurrentUtcDateTime));
            await context.CallActivityAsync("a");
            await context.CallActivityAsync("b");
            return "";
        }));

        _harness.Turn(code, Started("flow"));
        _harness.Advance(TimeSpan.FromMinutes(1));
        _harness.Turn(code, TaskCompleted(0));
        _harness.Advance(TimeSpan.FromMinutes(1));
        _harness.Turn(code, TaskCompleted(1));

        Assert.Equal(3, seen.Count);
        Assert.Single(seen.Distinct());
        Assert.NotEqual(seen[0].Item1, seen[0].Item2);
    }

    [Fact]
    public void Ids_and_sub_orchestration_ids_of_another_execution_are_others()
    {
        static HistoryEvent StartedAs(string execution)
        {
            var started = Started("flow");
            started.ExecutionStarted.OrchestrationInstance.ExecutionId = execution;
            return started;
        }
        var code = Executor(tasks => tasks.AddOrchestratorFunc<object?, string>("flow", (context, _) =>
            context.CallSubOrchestratorAsync<string>("sub", context.NewGuid())));

        var first = Assert.Single(new ReplayHarness().Turn(code, StartedAs("one"))).CreateSubOrchestration;
        var second = Assert.Single(new ReplayHarness().Turn(code, StartedAs("two"))).CreateSubOrchestration;

        Assert.StartsWith("run-1:", first.InstanceId, StringComparison.Ordinal);
        Assert.NotEqual(first.InstanceId, second.InstanceId);
        Assert.NotEqual(first.Input, second.Input);
    }

    [Fact]
    public void A_replay_safe_logger_writes_each_line_once()
    {
        var lines = new List<string>();
        using var provider = new ListLoggerProvider(lines);
        var services = new ServiceCollection().AddLogging(logging => logging.AddProvider(provider)).AddDurableTask(tasks =>
            tasks.AddOrchestratorFunc<object?, string>("flow", async (context, _) =>
            {
                var logger = context.CreateReplaySafeLogger<ContextTests>();
                logger.Log(LogLevel.Information, 0, "first", null, (text, _) => text);
                await context.CallActivityAsync("a");
                logger.Log(LogLevel.Information, 0, "second", null, (text, _) => text);
                return "";
            })).BuildServiceProvider();
        var code = services.GetRequiredService<OrchestratorExecutor>();

        _harness.Turn(code, Started("flow"));
        _harness.Turn(code, TaskCompleted(0));

        Assert.Equal(["first", "second"], lines);
    }

    [Fact]
    public void Events_before_anybody_waits_are_kept_and_go_first_in_first_out_to_whoever_waits_first()
    {
        var code = Executor(tasks => tasks.AddOrchestratorFunc<object?, string>("flow", async (context, _) =>
        {
            var first = context.WaitForExternalEvent<int>("n");
            var second = context.WaitForExternalEvent<int>("N");
            await Task.WhenAll(first, second);
            return $"{await first},{await second},{await context.WaitForExternalEvent<int>("n")}";
        }));

        var actions = _harness.Turn(code, EventRaised("n", "1"), EventRaised("x", "9"), Started("flow"), EventRaised("N", "2"), EventRaised("n", "3"));

        Assert.Equal("\"1,2,3\"", Output(actions));
    }

    [Fact]
    public void A_cancelled_wait_leaves_the_event_to_the_next()
    {
        var code = Executor(tasks => tasks.AddOrchestratorFunc<object?, string>("flow", async (context, _) =>
        {
            using var stop = new CancellationTokenSource();
            var given = context.WaitForExternalEvent<int>("n", stop.Token);
            var kept = context.WaitForExternalEvent<int>("n");
            stop.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
            return $"{await kept}";
        }));
        _harness.Turn(code, Started("flow"));

        Assert.Equal("\"7\"", Output(_harness.Turn(code, EventRaised("n", "7"))));
    }

    [Fact]
    public void Continue_as_new_carries_what_nobody_received_also_from_the_same_turn()
    {
        var code = Executor(tasks => tasks.AddOrchestratorFunc<object?, string>("flow", async (context, _) =>
        {
            await context.WaitForExternalEvent<int>("go");
            context.ContinueAsNew("next");
            return "ignored";
        }));
        _harness.Turn(code, Started("flow"), EventRaised("early", "1"));

        var end = Assert.Single(_harness.Turn(code, EventRaised("go"), EventRaised("late", "2"))).CompleteOrchestration;

        Assert.Equal((OrchestrationStatus.ContinuedAsNew, "\"next\""), (end.OrchestrationStatus, end.Result));
        Assert.Equal(["early", "late"], end.CarryoverEvents.Select(e => e.EventRaised.Name));
    }

    [Fact]
    public void While_suspended_nothing_runs_and_nothing_is_lost()
    {
        var code = Executor(tasks => tasks.AddOrchestratorFunc<object?, string>("flow", async (context, _) =>
        {
            await context.CallActivityAsync("a");
            return await context.WaitForExternalEvent<string>("word");
        }));
        _harness.Turn(code, Started("flow"));

        Assert.Empty(_harness.Turn(code, new() { EventId = -1, ExecutionSuspended = new() }, TaskCompleted(0)));
        Assert.Empty(_harness.Turn(code, EventRaised("word", "\"hello\"")));
        Assert.Equal("\"hello\"", Output(_harness.Turn(code, new HistoryEvent { EventId = -1, ExecutionResumed = new() })));
    }

    [Fact]
    public async Task A_missing_activity_registration_fails_the_call_for_good()
    {
        var services = new ServiceCollection().AddDurableTask(tasks => tasks.AddActivityFunc<int, int>("known", (_, i) => Task.FromResult(i))).BuildServiceProvider();

        var response = await services.GetRequiredService<ActivityExecutor>()
            .ExecuteAsync(new ActivityRequest { Name = "unknown" }, "key", CancellationToken.None);

        Assert.True(response.FailureDetails.IsNonRetriable);
        Assert.Equal("No activity 'unknown' is registered here. Registered: known.", response.FailureDetails.ErrorMessage);
    }

    private sealed class ListLoggerProvider(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
