using System.Globalization;
using System.Security.Cryptography;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Starts runs of monitors: at their times, or when somebody asks.</summary>
public sealed class MonitorStarter(PipelineCatalog pipelines, DurableTaskClient client, TimeProvider time)
{
    // Answers are stored a moment after they are given; a window is measured when its last ones are there.
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(10);

    /// <summary>The pipeline that declares an endpoint's monitors; <see langword="null"/>: none does.</summary>
    /// <exception cref="Core.Specification.Reading.PipelineSpecException">A pipeline's file cannot be used.</exception>
    public PipelineSpec? Find(string endpoint) => pipelines.Names().Select(name => pipelines.TryRead(name)?.Spec).FirstOrDefault(s => s?.Release.Endpoint == endpoint);

    /// <summary>Starts a run now.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="monitors">Which monitors; they are declared.</param>
    /// <param name="window">The window; <see langword="null"/>: each monitor's own.</param>
    /// <param name="to">Where each monitor's own window ends; <see langword="null"/>: now.</param>
    /// <param name="cancellationToken">Gives up waiting for the start.</param>
    /// <returns>Ids of the runs: monitors with windows of different lengths run apart.</returns>
    public async Task<IReadOnlyList<string>> StartAsync(
        PipelineSpec pipeline, IReadOnlyList<MonitorSpec> monitors, TimeWindow? window, DateTimeOffset? to, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        foreach (var (span, kinds) in Divide(pipeline, monitors, window, to ?? time.GetUtcNow()))
        {
            var id = $"monitors-{pipeline.Release.Endpoint}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
            await client.ScheduleNewOrchestrationInstanceAsync(
                nameof(MonitorRun), new MonitorRunRequest(pipeline.Release.Endpoint, pipeline.Name, kinds, span), new() { InstanceId = id }, cancellationToken);
            ids.Add(id);
        }
        return ids;
    }

    /// <summary>Starts what is due between two moments. The same time of a schedule starts the same run, however often it is told.</summary>
    public async Task StartDueAsync(PipelineSpec pipeline, DateTimeOffset since, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var monitors = pipeline.Monitors;
        foreach (var due in monitors.Monitors.GroupBy(m => m.Schedule ?? monitors.Schedule, StringComparer.Ordinal))
        {
            if (Occurrence(due.Key, since, now) is not { } at) continue;
            foreach (var (span, kinds) in Divide(pipeline, [.. due], null, at))
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"monitors-{pipeline.Release.Endpoint}-{at.UtcDateTime:yyyyMMdd'T'HHmmss}-{(long)span.Length.TotalSeconds}-{string.Join('-', kinds.Select(k => (int)k))}");
                await client.ScheduleNewOrchestrationInstanceAsync(
                    nameof(MonitorRun), new MonitorRunRequest(pipeline.Release.Endpoint, pipeline.Name, kinds, span, at + s_settling),
                    new() { InstanceId = id, IdReuse = InstanceIdReuse.IgnoreIfExists }, cancellationToken);
            }
        }
    }

    /// <summary>A run as it stands; <see langword="null"/>: there is none of that id.</summary>
    public async Task<MonitorRunState?> TryGetAsync(string id, CancellationToken cancellationToken)
    {
        if (!id.StartsWith("monitors-", StringComparison.Ordinal)) return null;
        if (await client.GetInstanceAsync(id, getInputsAndOutputs: true, cancellationToken) is not { } instance) return null;
        return new MonitorRunState(id, instance.RuntimeStatus is OrchestrationRuntimeStatus.Completed ? "completed" : instance.IsCompleted ? "failed" : "running")
        {
            Window = instance.ReadInputAs<MonitorRunRequest>()?.Window,
            Result = instance.RuntimeStatus is OrchestrationRuntimeStatus.Completed ? instance.ReadOutputAs<MonitorRunResult>() : null,
            Reason = instance.FailureDetails is { } failure ? StepRetry.RootMessage(failure) : null,
        };
    }

    private static IEnumerable<(TimeWindow Window, IReadOnlyList<MonitorKind> Monitors)> Divide(
        PipelineSpec pipeline, IReadOnlyList<MonitorSpec> monitors, TimeWindow? window, DateTimeOffset to) => window is not null
            ? [(window, [.. monitors.Select(m => m.Kind)])]
            : monitors.GroupBy(pipeline.Monitors.WindowOf).Select(g => (new TimeWindow(to - g.Key, to), (IReadOnlyList<MonitorKind>)[.. g.Select(m => m.Kind)]));

    private static DateTimeOffset? Occurrence(string schedule, DateTimeOffset since, DateTimeOffset now)
    {
        var cron = NCrontab.CrontabSchedule.Parse(schedule, new NCrontab.CrontabSchedule.ParseOptions { IncludingSeconds = true });
        DateTime? last = null;
        foreach (var at in cron.GetNextOccurrences(since.UtcDateTime, now.UtcDateTime.AddTicks(1))) last = at;
        return last is { } found ? new DateTimeOffset(found, TimeSpan.Zero) : null;
    }
}

/// <summary>A run of monitors as it stands.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status"><c>running</c>, <c>completed</c> or <c>failed</c>.</param>
public sealed record MonitorRunState(string Id, string Status)
{
    /// <summary>The window.</summary>
    public TimeWindow? Window { get; init; }

    /// <summary>What came of it, once it is completed.</summary>
    public MonitorRunResult? Result { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Reason { get; init; }
}
