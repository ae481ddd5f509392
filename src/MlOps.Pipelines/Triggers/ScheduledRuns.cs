using System.Security.Cryptography;
using System.Text;
using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;
using NCrontab;

namespace MlOps.Pipelines.Triggers;

/// <summary>Starts scheduled runs where something else keeps the clock. The same occurrence of a schedule starts one run, however often it is told.</summary>
public sealed class ScheduledRuns(PipelineCatalog pipelines, RunStarter starter, TimeProvider time)
{
    // A timer may fire late, while its application starts; not much later than this.
    private static readonly TimeSpan Lateness = TimeSpan.FromHours(1);

    /// <summary>The pipelines with a schedule, and the schedules: NCRONTAB with seconds, UTC.</summary>
    public IReadOnlyList<(string Pipeline, string Schedule)> List() =>
        [.. pipelines.Names().Select(name => (name, pipelines.TryRead(name)?.Spec.Triggers.Schedule)).Where(p => p.Schedule is not null).Select(p => (p.name, p.Schedule!))];

    /// <summary>Starts the run of the latest occurrence.</summary>
    /// <returns>The run's id; <see langword="null"/> when the pipeline has no schedule any more.</returns>
    public async Task<string?> StartAsync(string pipeline, CancellationToken cancellationToken)
    {
        if (pipelines.TryRead(pipeline)?.Spec.Triggers.Schedule is not { } schedule) return null;
        var now = time.GetUtcNow();
        var occurrence = LatestOccurrence(schedule, now) ?? now;
        var salt = SHA256.HashData(Encoding.UTF8.GetBytes(schedule));
        var runId = RunId.Create(pipeline, occurrence, BitConverter.ToUInt16(salt));
        return (await starter.StartAsync(new(pipeline, RunTrigger.Schedule, "schedule", $"Schedule {schedule}.", [], RunId: runId), cancellationToken)).RunId;
    }

    private static DateTimeOffset? LatestOccurrence(string schedule, DateTimeOffset now)
    {
        var occurrences = CrontabSchedule.Parse(schedule, new CrontabSchedule.ParseOptions { IncludingSeconds = true })
            .GetNextOccurrences((now - Lateness).UtcDateTime, now.UtcDateTime.AddTicks(1));
        DateTime? latest = null;
        foreach (var occurrence in occurrences) latest = occurrence;
        return latest is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null;
    }
}
