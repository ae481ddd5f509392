using MlOps.Core.Approvals;
using MlOps.Core.Releases;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Staging;

namespace MlOps.Pipelines.Releases;

/// <param name="RunId">Id of the run, and of the release.</param>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Model">The version.</param>
/// <param name="ApprovedBy">Who approved it.</param>
internal sealed record ReleaseRequest(string RunId, string Endpoint, ModelRef Model, string ApprovedBy)
{
    /// <summary>Share of the traffic that was approved, in percent.</summary>
    public int MaxTraffic { get; init; } = 100;

    /// <summary>Releases what was approved, as far as it was.</summary>
    public static ReleaseRequest Of(RunRequest run, ModelRef model, ApprovalDecision decision) => new(run.RunId, run.Endpoint, model, decision.By)
    {
        // Weights are whole percents; what was approved is never exceeded.
        MaxTraffic = (int)Math.Floor(((decision.Conditions?.MaxTraffic ?? 1) * 100) + 1e-9),
    };
}

/// <summary>How a release ended, for the run.</summary>
/// <param name="Passed">Whether the version answers all requests.</param>
/// <param name="Reason">Why it does not; empty otherwise.</param>
internal sealed record ReleaseOutcome(bool Passed, string Reason)
{
    /// <summary>Whether a test, a person or the pipeline's own terms said no, rather than something having gone wrong.</summary>
    public bool IsRefused { get; init; }
}

/// <summary>
/// Brings a version to an endpoint: staged and tested beside the one that answers, then given traffic as the pipeline's strategy says.
/// Whatever ends it early, the endpoint answers with what it answered with before.
/// </summary>
internal sealed class Release : TaskOrchestrator<ReleaseRequest, ReleaseOutcome>
{
    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(10);

    public override async Task<ReleaseOutcome> RunAsync(TaskOrchestrationContext context, ReleaseRequest input)
    {
        await context.CallActivityAsync(nameof(OpenRelease), new ReleaseOpening(input, context.InstanceId), ReleaseRetry.Options);
        var end = await TryReleaseAsync(context, input);
        if (end.Status is not ReleaseStatus.Released)
            await context.CallActivityAsync(nameof(TakeBackRelease), new ReleaseClosing(input, end), ReleaseRetry.UntilDone);
        var next = await context.CallActivityAsync<string?>(nameof(CloseRelease), new ReleaseClosing(input, end), ReleaseRetry.UntilDone);
        if (next is not null) context.SendEvent(next, ReleaseEvents.Turn, null);
        return new(end.Status is ReleaseStatus.Released, end.Status is ReleaseStatus.Released ? "" : end.Reason) { IsRefused = end.Status is ReleaseStatus.Refused or ReleaseStatus.Compared };
    }

    private static async Task<ReleaseEnd> TryReleaseAsync(TaskOrchestrationContext context, ReleaseRequest input)
    {
        try
        {
            return await ReleaseAsync(context, input, context.WaitForExternalEvent<ReleaseOrder>(ReleaseEvents.Abort));
        }
        catch (ReleaseAbortedException aborted)
        {
            return new(ReleaseStatus.Aborted, aborted.Order.By, aborted.Order.Reason);
        }
        catch (TaskFailedException failure)
        {
            return new(ReleaseStatus.RolledBack, "mlops", StepRetry.RootMessage(failure.FailureDetails));
        }
    }

    private static async Task<ReleaseEnd> ReleaseAsync(TaskOrchestrationContext context, ReleaseRequest input, Task<ReleaseOrder> abort)
    {
        var turn = await TurnAsync(context, input, abort);
        var staged = await context.CallActivityAsync<TrafficState>(nameof(SetTraffic), TrafficChange.Staging(input, turn.Revision), ReleaseRetry.Options);

        var report = await UnlessAsync(abort, context.CallActivityAsync<StagingVerdict>(nameof(TestCandidate), input, ReleaseRetry.Options));
        if (!report.Passed) return new(ReleaseStatus.Refused, "mlops", $"The staged version did not pass its tests: {report.Reason}");

        if (await CertifyAsync(context, input, abort) is { Given: false } refusal)
            return new(ReleaseStatus.Refused, refusal.By, $"{refusal.By} did not certify it: {refusal.Reason}");

        var plan = await context.CallActivityAsync<TrafficPlan>(nameof(PlanTraffic), new TrafficPlanning(input, turn.HasChampion), ReleaseRetry.Options);
        var rollout = await RollOutAsync(context, new RolloutState(input, plan, staged.Revision), abort);
        if (rollout.End is { } end) return end;
        if (abort.IsCompleted) throw new ReleaseAbortedException(await abort);

        await context.CallActivityAsync(nameof(CompleteRelease), new ReleaseCompletion(input, rollout.Revision), ReleaseRetry.Options);
        await context.CallActivityAsync(nameof(PromoteModel), input, ReleaseRetry.UntilDone);
        return new(ReleaseStatus.Released, input.ApprovedBy, $"Version {input.Model.Version} answers all requests.");
    }

    /// <summary>Waits until the endpoint is this release's: releases of one endpoint come one after the other, in the order in which they were asked for.</summary>
    private static async Task<EndpointTurn> TurnAsync(TaskOrchestrationContext context, ReleaseRequest input, Task<ReleaseOrder> abort)
    {
        for (var wait = s_shortestWait; ; wait = wait * 2 < s_longestWait ? wait * 2 : s_longestWait)
        {
            var turn = await context.CallActivityAsync<EndpointTurn>(nameof(HoldEndpoint), input, ReleaseRetry.Options);
            if (turn.IsHeld) return turn;
            using var stop = new CancellationTokenSource();
            // Who ends before tells the next one; the timer is for those who could not.
            var told = context.WaitForExternalEvent<object?>(ReleaseEvents.Turn, stop.Token);
            var first = await Task.WhenAny(told, context.CreateTimer(wait, stop.Token), abort);
            stop.Cancel();
            if (first == abort) throw new ReleaseAbortedException(await abort);
        }
    }

    /// <summary>Waits for a person's certificate, where the pipeline asks for one. The event says only that there is a decision.</summary>
    private static async Task<Certificate?> CertifyAsync(TaskOrchestrationContext context, ReleaseRequest input, Task<ReleaseOrder> abort)
    {
        var terms = await context.CallActivityAsync<CertificateTerms>(nameof(RequestCertificate), input, ReleaseRetry.Options);
        if (!terms.IsNeeded) return null;
        if (!terms.IsDecided)
        {
            using var stop = new CancellationTokenSource();
            var decided = context.WaitForExternalEvent<object?>(ApprovalEvents.Decided, stop.Token);
            var first = await Task.WhenAny(decided, context.CreateTimer(terms.ExpiresAt, stop.Token), abort);
            stop.Cancel();
            if (first == abort) throw new ReleaseAbortedException(await abort);
        }

        return await context.CallActivityAsync<Certificate>(nameof(ReadCertificate), input, ReleaseRetry.Options);
    }

    /// <summary>Runs the strategy, and passes people's orders on to it.</summary>
    private static async Task<RolloutOutcome> RollOutAsync(TaskOrchestrationContext context, RolloutState state, Task<ReleaseOrder> abort)
    {
        var id = $"{context.InstanceId}:rollout";
        var rollout = context.CallSubOrchestratorAsync<RolloutOutcome>(nameof(Rollout), state, new SubOrchestrationOptions { InstanceId = id });
        var heard = false;
        var promote = context.WaitForExternalEvent<ReleaseOrder>(ReleaseEvents.Promote);
        while (!rollout.IsCompleted)
        {
            var first = await (heard ? Task.WhenAny(rollout, promote) : Task.WhenAny(rollout, promote, abort));
            if (first == abort)
            {
                heard = true;
                context.SendEvent(id, ReleaseEvents.Abort, await abort);
            }
            else if (first == promote)
            {
                context.SendEvent(id, ReleaseEvents.Promote, await promote);
                promote = context.WaitForExternalEvent<ReleaseOrder>(ReleaseEvents.Promote);
            }
        }

        return await rollout;
    }

    private static async Task<T> UnlessAsync<T>(Task<ReleaseOrder> abort, Task<T> work) =>
        await Task.WhenAny(work, abort) == abort ? throw new ReleaseAbortedException(await abort) : await work;
}

/// <summary>How a release ended.</summary>
/// <param name="Status">A final status.</param>
/// <param name="By">Who ended it.</param>
/// <param name="Reason">Why.</param>
internal sealed record ReleaseEnd(ReleaseStatus Status, string By, string Reason);

internal sealed record ReleaseClosing(ReleaseRequest Release, ReleaseEnd End);

/// <summary>A person took the release back.</summary>
internal sealed class ReleaseAbortedException(ReleaseOrder order) : Exception(order.Reason)
{
    public ReleaseOrder Order { get; } = order;
}
