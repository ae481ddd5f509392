using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Examples;
using MlOps.Pipelines.Triggers;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Pipelines;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Runs;

/// <summary>What a person or a program asks for.</summary>
/// <param name="Pipeline">Name of the pipeline.</param>
/// <param name="By">Who asks.</param>
/// <param name="Reason">Why, for the audit log.</param>
/// <param name="AutoApprove">Whether the one who asks approves the candidate beforehand.</param>
public sealed record OnDemandOrder(string Pipeline, string By, string Reason, bool AutoApprove);

/// <summary>What was started: a run, or the arrival of files that a run will follow.</summary>
/// <param name="RunId">Id of the run, where it is known already.</param>
/// <param name="Announcement">Id of the announcement that the run's files will come with.</param>
public sealed record OnDemandStart(string? RunId, string? Announcement);

/// <summary>What became of an announcement.</summary>
/// <param name="RunId">The run that took its files; <see langword="null"/>: none yet.</param>
/// <param name="Problem">Why there will be none; <see langword="null"/> while there may be one.</param>
public sealed record AnnouncementState(string? RunId, string? Problem);

/// <summary>Runs that a person or a program asks for.</summary>
public sealed class RunOnDemand(
    PipelineCatalog pipelines,
    DatasetCatalog datasets,
    RunStore runs,
    AnnouncementStore announcements,
    StartReservationStore reservations,
    IBlobStore blobs,
    RunStarter starter,
    DurableTaskClient client,
    IOptions<PipelineOptions> options,
    TimeProvider time)
{
    /// <summary>Runs a pipeline on the data there is; without any, its example data is dropped first, and the drop starts the run.</summary>
    /// <param name="order">What is asked for.</param>
    /// <param name="idempotencyKey">The same key starts once, however often it is sent and whatever crashes in between; <see langword="null"/>: each call starts.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="NoDataException">There is neither data nor an example.</exception>
    /// <exception cref="IdempotencyKeyReusedException">The key was sent with another request.</exception>
    public async Task<OnDemandStart> StartAsync(OnDemandOrder order, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var start = idempotencyKey is null ? await PlanAsync(order, cancellationToken) : await ReserveAsync(order, idempotencyKey, cancellationToken);
        if (start.RunId is { } runId)
        {
            await starter.StartAsync(new(order.Pipeline, RunTrigger.Manual, order.By, order.Reason, [], order.AutoApprove, RunId: runId), cancellationToken);
            return new(runId, null);
        }

        await DropExampleAsync(order, start.Announcement!, cancellationToken);
        return new(null, start.Announcement);
    }

    /// <summary>What became of an announcement.</summary>
    public async Task<AnnouncementState> FindAsync(string pipeline, string announcement, CancellationToken cancellationToken)
    {
        var example = await client.GetInstanceAsync(ExamplePrefix(pipeline) + announcement, getInputsAndOutputs: true, cancellationToken);
        var isPending = example is { IsCompleted: false }
            || (await ListOpenAsync(cancellationToken)).Any(a => a.Pipeline == pipeline && a.Id == announcement);
        // The runs last: what turned into one in between is found there.
        if ((await runs.ListAsync(pipeline, cancellationToken)).FirstOrDefault(r => r.Announcement == announcement) is { } run)
            return new(run.RunId, null);
        return isPending ? new(null, null)
            : example?.FailureDetails is { } failure ? new(null, StepRetry.RootMessage(failure))
            : new(null, $"The files of announcement {announcement} did not arrive. Start 'mlops run {pipeline}' again.");
    }

    /// <summary>Announced files, and example files that are being made, which no run has taken yet.</summary>
    public async Task<IReadOnlyList<(string Pipeline, string Announcement)>> ListArrivalsAsync(CancellationToken cancellationToken)
    {
        var arrivals = new HashSet<(string, string)>();
        await foreach (var instance in client.GetAllInstancesAsync(Active with { InstanceIdPrefix = "example:" }, cancellationToken))
        {
            if (instance.InstanceId.Split(':') is [_, var pipeline, var id]) arrivals.Add((pipeline, id));
        }

        arrivals.UnionWith((await ListOpenAsync(cancellationToken)).Select(a => (a.Pipeline, a.Id)));
        return [.. arrivals];
    }

    /// <summary>The announcements whose files are there, or may still come.</summary>
    private async Task<IReadOnlyList<Announcement>> ListOpenAsync(CancellationToken cancellationToken)
    {
        var open = new List<Announcement>();
        foreach (var announcement in await announcements.ListAsync(null, cancellationToken))
        {
            if (await MayArriveAsync(announcement, cancellationToken)) open.Add(announcement);
            else await announcements.CloseAsync(announcement, cancellationToken);
        }

        return open;
    }

    private async Task<bool> MayArriveAsync(Announcement announcement, CancellationToken cancellationToken)
    {
        if (announcement.CreatedAt > time.GetUtcNow() - options.Value.AnnouncementPatience) return true;
        foreach (var file in announcement.Files)
        {
            if (await blobs.HasEntryAsync(file, cancellationToken)) return true;
        }

        return false;
    }

    private static OrchestrationQuery Active { get; } = new() { Statuses = [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running] };

    private static string ExamplePrefix(string pipeline) => $"example:{pipeline}:";

    /// <summary>Decides what a start begins, and under which id, before it begins.</summary>
    private async Task<StartReservation> PlanAsync(OnDemandOrder order, CancellationToken cancellationToken)
    {
        var spec = pipelines.TryRead(order.Pipeline)!.Value.Spec;
        var plan = new StartReservation { Request = FingerprintOf(order), CreatedAt = time.GetUtcNow() };
        if ((await datasets.ListAsync(order.Pipeline, cancellationToken)).Any(d => d.IsUsable))
            return plan with { RunId = starter.NewId(order.Pipeline) };
        if (spec.Example is null) throw new NoDataException(order.Pipeline);
        return plan with { Announcement = await ExampleOnItsWayAsync(order.Pipeline, cancellationToken) ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) };
    }

    private async Task<StartReservation> ReserveAsync(OnDemandOrder order, string key, CancellationToken cancellationToken)
    {
        var reserved = await reservations.TryGetAsync(order.Pipeline, key, cancellationToken)
            ?? await reservations.ReserveAsync(order.Pipeline, key, await PlanAsync(order, cancellationToken), cancellationToken);
        return reserved.Request == FingerprintOf(order) ? reserved : throw new IdempotencyKeyReusedException(key);
    }

    private static string FingerprintOf(OnDemandOrder order) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{order.By}\n{order.AutoApprove}\n{order.Reason}")));

    private async Task<string?> ExampleOnItsWayAsync(string pipeline, CancellationToken cancellationToken)
    {
        var prefix = ExamplePrefix(pipeline);
        await foreach (var instance in client.GetAllInstancesAsync(Active with { InstanceIdPrefix = prefix }, cancellationToken))
            return instance.InstanceId[prefix.Length..];
        return null;
    }

    private async Task DropExampleAsync(OnDemandOrder order, string id, CancellationToken cancellationToken) =>
        await client.ScheduleNewOrchestrationInstanceAsync(
            nameof(DropExample),
            new ExampleOrder(id, order.Pipeline, order.By, order.AutoApprove),
            new StartOrchestrationOptions { InstanceId = ExamplePrefix(order.Pipeline) + id, IdReuse = InstanceIdReuse.IgnoreIfExists },
            cancellationToken);
}
