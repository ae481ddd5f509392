using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Storage.Audit;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Runs;

/// <summary>What became of the wish to cancel a run.</summary>
public enum CancelOutcome
{
    /// <summary>It is being cancelled.</summary>
    Accepted,

    /// <summary>There is no such run.</summary>
    Unknown,

    /// <summary>It has ended.</summary>
    Ended,

    /// <summary>Its release has begun; a release is taken back, not cancelled.</summary>
    Releasing,
}

/// <summary>Cancels runs. Accepted means: it will be carried out, whatever happens to this process.</summary>
public sealed class RunCanceller(RunStore runs, AuditLog audit, DurableTaskClient client)
{
    /// <summary>Cancels a run: its work here stops, its jobs elsewhere are cancelled, its request for approval is closed.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="reason">Why; kept in the audit log and as the run's reason.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public async Task<CancelOutcome> CancelAsync(string runId, string by, string reason, CancellationToken cancellationToken)
    {
        if (await runs.TryGetAsync(runId, cancellationToken) is not { } run) return CancelOutcome.Unknown;
        if (run.Status.IsFinal()) return CancelOutcome.Ended;
        if ((await runs.ListStepsAsync(runId, cancellationToken)).Any(s => s.Step is RunSteps.Release)) return CancelOutcome.Releasing;

        await audit.AppendAsync(new(by, "run.cancel", $"runs/{runId}", reason) { Key = $"runs/{runId}/cancel/{by}/{reason}" }, cancellationToken);
        await client.ScheduleNewOrchestrationInstanceAsync(
            nameof(CancelRun), new CancelRunRequest(runId, by, reason), new StartOrchestrationOptions { InstanceId = $"{runId}:cancel" }, cancellationToken);
        return CancelOutcome.Accepted;
    }
}
