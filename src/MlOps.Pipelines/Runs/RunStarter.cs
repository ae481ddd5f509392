using System.Security.Cryptography;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Storage.Audit;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Runs;

/// <summary>Accepts runs. Accepted means: its record and its specification are on disk, so it will run, whatever happens to this process.</summary>
public sealed class RunStarter
{
    private readonly PipelineCatalog pipelines;
    private readonly RunStore runs;
    private readonly RunSpecs specs;
    private readonly AuditLog audit;
    private readonly DurableTaskClient client;
    private readonly TimeProvider time;

    internal RunStarter(PipelineCatalog pipelines, RunStore runs, RunSpecs specs, AuditLog audit, DurableTaskClient client, TimeProvider time) =>
        (this.pipelines, this.runs, this.specs, this.audit, this.client, this.time) = (pipelines, runs, specs, audit, client, time);

    /// <summary>Accepts a run and starts it.</summary>
    /// <param name="order">What to run, and why.</param>
    /// <param name="cancellationToken">Stops the attempt; what was accepted stays accepted.</param>
    /// <exception cref="Core.Specification.Reading.PipelineSpecException">The pipeline's file cannot be used.</exception>
    /// <exception cref="ArgumentException">There is no such pipeline.</exception>
    public async Task<RunRecord> StartAsync(RunOrder order, CancellationToken cancellationToken)
    {
        var (spec, text) = pipelines.TryRead(order.Pipeline)
            ?? throw new ArgumentException($"There is no pipeline '{order.Pipeline}'. Those there are: {string.Join(", ", pipelines.Names())}.", nameof(order));
        var now = time.GetUtcNow();
        var run = new RunRecord
        {
            RunId = RunId.Create(spec.Name, now, RandomNumberGenerator.GetInt32(0x10000)),
            Pipeline = spec.Name,
            Status = RunStatus.Queued,
            Trigger = order.Trigger,
            StartedBy = order.By,
            Files = order.Files,
            AutoApprovedBy = order.AutoApprove ? order.By : null,
            Announcement = order.Announcement,
            CreatedAt = now,
        };
        await specs.SaveAsync(run.RunId, text, cancellationToken);
        await runs.CreateAsync(run, cancellationToken);
        await audit.AppendAsync(new(order.By, "run.started", $"runs/{run.RunId}", order.Reason), cancellationToken);
        await ScheduleAsync(run, spec.Release.Endpoint, cancellationToken);
        return run;
    }

    /// <summary>Starts the orchestrations of accepted runs that a crash left without one.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var run in (await runs.ListAsync(null, cancellationToken)).Where(r => r.Status is RunStatus.Queued))
            await ScheduleAsync(run, (await specs.ReadAsync(run.RunId, cancellationToken)).Release.Endpoint, cancellationToken);
    }

    private async Task ScheduleAsync(RunRecord run, string endpoint, CancellationToken cancellationToken)
    {
        var request = new RunRequest(run.RunId, run.Pipeline, endpoint, run.Files, run.AutoApprovedBy);
        var options = new StartOrchestrationOptions
        {
            InstanceId = run.RunId,
            IdReuse = InstanceIdReuse.IgnoreIfExists,
            Tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["pipeline"] = run.Pipeline },
        };
        await client.ScheduleNewOrchestrationInstanceAsync(nameof(PipelineRun), request, options, cancellationToken);
        await runs.MarkStartedAsync(run.RunId, cancellationToken);
    }
}

/// <summary>What to run, and why.</summary>
/// <param name="Pipeline">Name of the pipeline.</param>
/// <param name="Trigger">What asks for it.</param>
/// <param name="By">Who asks for it.</param>
/// <param name="Reason">Why, for the audit log.</param>
/// <param name="Files">Blobs in the incoming folder to ingest; empty: the data there is.</param>
/// <param name="AutoApprove">Whether the one who asks approves the candidate beforehand.</param>
/// <param name="Announcement">Id of the announcement that the files came with.</param>
public sealed record RunOrder(
    string Pipeline, RunTrigger Trigger, string By, string Reason, IReadOnlyList<string> Files, bool AutoApprove = false, string? Announcement = null);
