using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Storage.Audit;
using MlOps.Storage.Pipelines;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Runs;

/// <summary>Accepts runs. Accepted means: its record and its specification are on disk, so it will run, whatever happens to this process.</summary>
public sealed partial class RunStarter
{
    private readonly PipelineCatalog _pipelines;
    private readonly RunStore _runs;
    private readonly RunSpecs _specs;
    private readonly AuditLog _audit;
    private readonly DurableTaskClient _client;
    private readonly TimeProvider _time;
    private readonly PipelineChangeLog _changes;
    private readonly ILogger<RunStarter> _logger;

    internal RunStarter(
        PipelineCatalog pipelines, RunStore runs, RunSpecs specs, AuditLog audit, DurableTaskClient client, TimeProvider time, PipelineChangeLog changes, ILogger<RunStarter> logger) =>
        (_pipelines, _runs, _specs, _audit, _client, _time, _changes, _logger) = (pipelines, runs, specs, audit, client, time, changes, logger);

    /// <summary>Makes the id of a run that starts now.</summary>
    internal string NewId(string pipeline) => Core.Runs.RunId.Create(pipeline, _time.GetUtcNow(), RandomNumberGenerator.GetInt32(0x10000));

    /// <summary>Accepts a run and starts it. An order whose run is there already starts nothing and answers that run.</summary>
    /// <param name="order">What to run, and why.</param>
    /// <param name="cancellationToken">Stops the attempt; what was accepted stays accepted.</param>
    /// <exception cref="Core.Specification.Reading.PipelineSpecException">The pipeline's file cannot be used.</exception>
    /// <exception cref="ArgumentException">There is no such pipeline.</exception>
    public async Task<RunRecord> StartAsync(RunOrder order, CancellationToken cancellationToken)
    {
        var (spec, text) = _pipelines.TryRead(order.Pipeline)
            ?? throw new ArgumentException($"There is no pipeline '{order.Pipeline}'. Those there are: {string.Join(", ", _pipelines.Names())}.", nameof(order));
        var now = _time.GetUtcNow();
        var run = new RunRecord
        {
            RunId = order.RunId ?? NewId(spec.Name),
            Pipeline = spec.Name,
            Status = RunStatus.Queued,
            Trigger = order.Trigger,
            StartedBy = order.By,
            Files = order.Files,
            AutoApprovedBy = order.AutoApprove ? order.By : null,
            Announcement = order.Announcement,
            CreatedAt = now,
        };
        await _changes.NoteAsync(spec.Name, text, $"Noticed when run {run.RunId} was started by {order.By}.", cancellationToken);
        await _specs.SaveAsync(run.RunId, text, cancellationToken);
        await _runs.CreateAsync(run, cancellationToken);
        var accepted = (await _runs.TryGetAsync(run.RunId, cancellationToken))!;
        await _audit.AppendAsync(new(accepted.StartedBy, "run.started", $"runs/{run.RunId}", order.Reason) { Key = $"runs/{run.RunId}/started" }, cancellationToken);
        if (accepted.Status is RunStatus.Queued) await ScheduleAsync(accepted, cancellationToken);
        return accepted;
    }

    /// <summary>Starts the orchestrations of accepted runs that a crash left without one, and ends the records of those whose orchestration has ended.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var run in (await _runs.ListAsync(null, cancellationToken)).Where(r => !r.Status.IsFinal())) await TryReconcileAsync(run, cancellationToken);
    }

    /// <summary>Notes which pipelines' files were added, changed or removed while nobody looked.</summary>
    public async Task NotePipelinesAsync(CancellationToken cancellationToken)
    {
        const string Noticed = "Noticed when the host started.";
        var names = _pipelines.Names();
        foreach (var name in names) await _changes.NoteAsync(name, _pipelines.ReadText(name), Noticed, cancellationToken);
        foreach (var gone in (await _changes.ListAsync(cancellationToken)).Except(names, StringComparer.Ordinal)) await _changes.NoteAsync(gone, null, Noticed, cancellationToken);
    }

    /// <summary>One run's trouble must not keep the others, nor the host, from going on.</summary>
    private async Task TryReconcileAsync(RunRecord run, CancellationToken cancellationToken)
    {
        try
        {
            if (run.Status is RunStatus.Queued) await ScheduleAsync(run, cancellationToken);
            if (await _client.GetInstanceAsync(run.RunId, getInputsAndOutputs: true, cancellationToken) is not { IsCompleted: true } ended) return;
            // An orchestration that came to its end has written the run's end before; this one was stopped short of it.
            var reason = ended.FailureDetails is { } failure ? StepRetry.RootMessage(failure) : $"Its orchestration ended as {ended.RuntimeStatus}.";
            await _runs.SetStatusAsync(run.RunId, RunStatus.Failed, reason, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogProblem(run.RunId, error.Message);
        }
    }

    private async Task ScheduleAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var endpoint = (await _specs.ReadAsync(run.RunId, cancellationToken)).Release.Endpoint;
        var request = new RunRequest(run.RunId, run.Pipeline, endpoint, run.Files, run.AutoApprovedBy);
        var options = new StartOrchestrationOptions
        {
            InstanceId = run.RunId,
            IdReuse = InstanceIdReuse.IgnoreIfExists,
            Tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["pipeline"] = run.Pipeline },
        };
        await _client.ScheduleNewOrchestrationInstanceAsync(nameof(PipelineRun), request, options, cancellationToken);
        await _runs.MarkStartedAsync(run.RunId, cancellationToken);
    }

    [LoggerMessage(3301, LogLevel.Error, "Run {RunId}: it cannot go on: {Problem}")]
    private partial void LogProblem(string runId, string problem);
}

/// <summary>What to run, and why.</summary>
/// <param name="Pipeline">Name of the pipeline.</param>
/// <param name="Trigger">What asks for it.</param>
/// <param name="By">Who asks for it.</param>
/// <param name="Reason">Why, for the audit log.</param>
/// <param name="Files">Blobs in the incoming folder to ingest; empty: the data there is.</param>
/// <param name="AutoApprove">Whether the one who asks approves the candidate beforehand.</param>
/// <param name="Announcement">Id of the announcement that the files came with.</param>
/// <param name="RunId">Id that was reserved for the run; <see langword="null"/>: a new one.</param>
public sealed record RunOrder(
    string Pipeline, RunTrigger Trigger, string By, string Reason, IReadOnlyList<string> Files, bool AutoApprove = false, string? Announcement = null, string? RunId = null);
