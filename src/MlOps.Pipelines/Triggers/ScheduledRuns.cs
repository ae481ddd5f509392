using System.Globalization;
using MlOps.Core.Retraining;
using MlOps.Core.Runs;
using MlOps.Pipelines.Retraining;
using MlOps.Pipelines.Runs;
using NCrontab;

namespace MlOps.Pipelines.Triggers;

/// <summary>The schedules of pipelines (NCRONTAB with seconds, UTC). The same occurrence asks for one run, however often it is told.</summary>
public sealed class ScheduledRuns(PipelineCatalog pipelines, RetrainingDesk desk, TimeProvider time)
{
    // A timer may fire late, while its application starts; not much later than this.
    private static readonly TimeSpan s_lateness = TimeSpan.FromHours(1);

    /// <summary>The pipelines with a schedule, and the schedules: NCRONTAB with seconds, UTC.</summary>
    public IReadOnlyList<(string Pipeline, string Schedule)> List() =>
        [.. pipelines.Names().Select(name => (name, pipelines.TryRead(name)?.Spec.Triggers.Schedule)).Where(p => p.Schedule is not null).Select(p => (p.name, p.Schedule!))];

    /// <summary>Asks for the run of the latest occurrence, where something else keeps the clock.</summary>
    /// <returns>The run, or the request that waits for its turn; <see langword="null"/> when the pipeline has no schedule any more.</returns>
    public async Task<string?> StartAsync(string pipeline, CancellationToken cancellationToken)
    {
        if (pipelines.TryRead(pipeline)?.Spec.Triggers.Schedule is not { } schedule) return null;
        var now = time.GetUtcNow();
        var request = await RequestAsync(pipeline, schedule, LatestOccurrence(schedule, now) ?? now, cancellationToken);
        return request.RunId ?? request.Id;
    }

    /// <summary>Asks for the run of one occurrence.</summary>
    internal Task<RetrainingRequest> RequestAsync(string pipeline, string schedule, DateTimeOffset occurrence, CancellationToken cancellationToken) =>
        desk.RequestAsync(
            new()
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"schedule {schedule} {occurrence:yyyyMMdd'T'HHmmss}"),
                Pipeline = pipeline,
                Trigger = RunTrigger.Schedule,
                By = "schedule",
                Reason = $"Schedule {schedule}.",
                At = occurrence,
            },
            cancellationToken);

    private static DateTimeOffset? LatestOccurrence(string schedule, DateTimeOffset now)
    {
        var occurrences = CrontabSchedule.Parse(schedule, new CrontabSchedule.ParseOptions { IncludingSeconds = true })
            .GetNextOccurrences((now - s_lateness).UtcDateTime, now.UtcDateTime.AddTicks(1));
        DateTime? latest = null;
        foreach (var occurrence in occurrences) latest = occurrence;
        return latest is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null;
    }
}
