using MlOps.Core.Releases;
using MlOps.DurableTask;

namespace MlOps.Pipelines.Releases;

/// <summary>Where a rollout stands. The instance starts over with it after every step, so that a rollout of weeks has a short history.</summary>
/// <param name="Release">The release.</param>
/// <param name="Plan">All steps.</param>
/// <param name="Revision">Of the endpoint's manifest that it wrote last.</param>
internal sealed record RolloutState(ReleaseRequest Release, TrafficPlan Plan, int Revision)
{
    /// <summary>Index of the step.</summary>
    public int Step { get; init; }

    /// <summary>When the step began; <see langword="null"/>: not yet.</summary>
    public DateTime? BeganAt { get; init; }

    /// <summary>How often in a row the conditions could not be judged, since the endpoint did not tell its metrics.</summary>
    public int Silence { get; init; }

    public TrafficStep Current => Plan.Steps[Step];

    /// <summary>How long to wait before the next look; <see langword="null"/>: the step is over.</summary>
    public TimeSpan? Remaining(DateTime now)
    {
        if (Current.For is not { } length) return Plan.CheckEvery;
        var remaining = BeganAt!.Value + length - now;
        return remaining <= TimeSpan.Zero ? null : remaining < Plan.CheckEvery ? remaining : Plan.CheckEvery;
    }
}

/// <summary>How a rollout ended.</summary>
/// <param name="Revision">Of the manifest that it wrote last.</param>
/// <param name="End">Why it ended before the version took over; <see langword="null"/>: it may.</param>
internal sealed record RolloutOutcome(int Revision, ReleaseEnd? End);

/// <summary>Gives a version traffic, step by step, for as long as the conditions are met. One execution is one step, or a hundred looks at it.</summary>
internal sealed class Rollout : TaskOrchestrator<RolloutState, RolloutOutcome?>
{
    private const int LooksPerExecution = 100;
    private const int MostSilence = 5;

    public override async Task<RolloutOutcome?> RunAsync(TaskOrchestrationContext context, RolloutState input)
    {
        var orders = new Orders(context);
        var state = input;
        if (state.BeganAt is null)
        {
            if (!await OpenAsync(context, state, orders)) return await orders.AbortedAsync(state);
            state = await BeginAsync(context, state);
            if (state.Current.Traffic is 100 && await VerifyAsync(context, state) is { } failed) return failed;
        }

        for (var look = 0; look < LooksPerExecution; look++)
        {
            if (state.Remaining(context.CurrentUtcDateTime) is not { } wait) return EndStep(context, state);
            var first = await orders.FirstAsync(context, wait);
            if (first is Order.Abort) return await orders.AbortedAsync(state);
            if (first is Order.Promote) return EndStep(context, state);

            var verdict = await context.CallActivityAsync<TrafficVerdict>(nameof(CheckTraffic), new TrafficCheck(state.Release, state.Current, state.BeganAt!.Value), ReleaseRetry.Options);
            if (verdict.Breach is { } breach) return RolledBack(state, breach);
            state = state with { Silence = verdict.Silence is null ? 0 : state.Silence + 1 };
            if (state.Silence > MostSilence) return RolledBack(state, verdict.Silence!);
        }

        context.ContinueAsNew(state);
        return null;
    }

    /// <summary>Waits for a window before the version gets more traffic; false when the release is taken back meanwhile.</summary>
    private static async Task<bool> OpenAsync(TaskOrchestrationContext context, RolloutState state, Orders orders)
    {
        if (state.Current.Traffic is 0) return true;
        var opening = await context.CallActivityAsync<DateTime>(nameof(AwaitWindow), new WindowQuestion(state.Release, state.Current), ReleaseRetry.Options);
        return opening <= context.CurrentUtcDateTime || await orders.FirstAsync(context, opening - context.CurrentUtcDateTime) is not Order.Abort;
    }

    private static async Task<RolloutState> BeginAsync(TaskOrchestrationContext context, RolloutState state)
    {
        var change = new TrafficChange(state.Release, state.Current, state.Revision) { Number = state.Step + 1, Of = state.Plan.Steps.Count };
        var done = await context.CallActivityAsync<TrafficState>(nameof(SetTraffic), change, ReleaseRetry.Options);
        return state with { Revision = done.Revision, BeganAt = done.At };
    }

    private static async Task<RolloutOutcome?> VerifyAsync(TaskOrchestrationContext context, RolloutState state)
    {
        var check = await context.CallActivityAsync<EndpointCheck>(nameof(VerifyEndpoint), state.Release, ReleaseRetry.Options);
        return check.Passed ? null : RolledBack(state, check.Detail);
    }

    private static RolloutOutcome? EndStep(TaskOrchestrationContext context, RolloutState state)
    {
        if (state.Step + 1 < state.Plan.Steps.Count)
        {
            context.ContinueAsNew(state with { Step = state.Step + 1, BeganAt = null, Silence = 0 });
            return null;
        }

        return new(state.Revision, state.Plan.TakesOver ? null : new(ReleaseStatus.Compared, "mlops", "Its answers were compared as the pipeline asks; it goes no further."));
    }

    private static RolloutOutcome RolledBack(RolloutState state, string reason) => new(state.Revision, new(ReleaseStatus.RolledBack, "mlops", reason));

    private enum Order
    {
        None,
        Abort,
        Promote,
    }

    /// <summary>What people may order while the rollout waits.</summary>
    private sealed class Orders(TaskOrchestrationContext context)
    {
        private readonly Task<ReleaseOrder> _abort = context.WaitForExternalEvent<ReleaseOrder>(ReleaseEvents.Abort);
        private readonly Task<ReleaseOrder> _promote = context.WaitForExternalEvent<ReleaseOrder>(ReleaseEvents.Promote);

        /// <summary>The first order within a time.</summary>
        public async Task<Order> FirstAsync(TaskOrchestrationContext context, TimeSpan wait)
        {
            using var stop = new CancellationTokenSource();
            var first = await Task.WhenAny(_abort, _promote, context.CreateTimer(wait, stop.Token));
            stop.Cancel();
            return first == _abort ? Order.Abort : first == _promote ? Order.Promote : Order.None;
        }

        public async Task<RolloutOutcome> AbortedAsync(RolloutState state)
        {
            var order = await _abort;
            return new(state.Revision, new(ReleaseStatus.Aborted, order.By, order.Reason));
        }
    }
}
