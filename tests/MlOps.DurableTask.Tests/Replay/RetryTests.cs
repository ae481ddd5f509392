using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using static MlOps.DurableTask.Tests.Replay.ReplayHarness;

namespace MlOps.DurableTask.Tests.Replay;

public sealed class RetryTests
{
    private readonly ReplayHarness _harness = new();

    private static OrchestratorExecutor Calling(RetryPolicy policy) => Executor(tasks =>
        tasks.AddOrchestratorFunc<object?, string>("flow", (context, _) => context.CallActivityAsync<string>("flaky", null, new TaskOptions(policy))));

    /// <summary>Fails every attempt and gives the waits between them, in seconds; ends with the orchestration's failure.</summary>
    private List<double> WaitsUntilFailure(RetryPolicy policy, string errorType = "Error", bool isNonRetriable = false)
    {
        var code = Calling(policy);
        var waits = new List<double>();
        var actions = _harness.Turn(code, Started("flow"));
        while (true)
        {
            var call = Assert.Single(actions);
            actions = _harness.Turn(code, TaskFailed(call.Id, errorType, isNonRetriable));
            var next = Assert.Single(actions);
            if (next.CompleteOrchestration is { } end)
            {
                Assert.Equal(OrchestrationStatus.Failed, end.OrchestrationStatus);
                return waits;
            }
            var started = _harness.History.Last(e => e.OrchestratorStarted is not null).Timestamp;
            var wait = next.CreateTimer.FireAt - started;
            waits.Add(wait.ToTimeSpan().TotalSeconds);
            _harness.Advance(wait.ToTimeSpan());
            actions = _harness.Turn(code, TimerFired(next.Id));
        }
    }

    [Fact]
    public void Waits_grow_by_the_back_off_up_to_the_cap() =>
        Assert.Equal([1, 2, 4, 5, 5], WaitsUntilFailure(new RetryPolicy(6, TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(5))));

    [Fact]
    public void No_attempt_starts_after_the_timeout() =>
        Assert.Equal([1, 2, 4], WaitsUntilFailure(new RetryPolicy(100, TimeSpan.FromSeconds(1), 2, retryTimeout: TimeSpan.FromSeconds(10))));

    [Fact]
    public void A_non_retriable_failure_is_not_retried() =>
        Assert.Empty(WaitsUntilFailure(new RetryPolicy(5, TimeSpan.FromSeconds(1)), isNonRetriable: true));

    [Fact]
    public void The_handler_decides_by_the_failure()
    {
        var policy = new RetryPolicy(5, TimeSpan.FromSeconds(1)) { Handler = failure => failure.LastFailure.ErrorType == "Transient" && failure.LastAttemptNumber < 3 };

        Assert.Equal([1, 1], WaitsUntilFailure(policy, "Transient"));
    }

    [Fact]
    public void The_handler_can_refuse() =>
        Assert.Empty(WaitsUntilFailure(new RetryPolicy(5, TimeSpan.FromSeconds(1)) { Handler = _ => false }));

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 0.5)]
    [InlineData(1, 1, double.NaN)]
    public void Values_out_of_range_are_refused(int attempts, double seconds, double backoff) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(attempts, TimeSpan.FromSeconds(seconds), backoff));

    [Fact]
    public void A_timer_beyond_the_backends_maximum_is_a_chain()
    {
        var chained = new ReplayHarness { Options = new ReplayOptions { MaximumTimerInterval = TimeSpan.FromDays(3) } };
        var code = Executor(tasks => tasks.AddOrchestratorFunc<object?, string>("waits", async (context, _) =>
        {
            await context.CreateTimer(TimeSpan.FromDays(7), CancellationToken.None);
            return "waited";
        }));
        var waits = new List<double>();
        var action = Assert.Single(chained.Turn(code, Started("waits")));
        while (action.CreateTimer is { } timer)
        {
            var wait = (timer.FireAt - chained.History.Last(e => e.OrchestratorStarted is not null).Timestamp).ToTimeSpan();
            waits.Add(wait.TotalDays);
            chained.Advance(wait);
            action = Assert.Single(chained.Turn(code, TimerFired(action.Id)));
        }

        Assert.Equal([3, 3, 1], waits);
        Assert.Equal("\"waited\"", action.CompleteOrchestration.Result);
    }
}
