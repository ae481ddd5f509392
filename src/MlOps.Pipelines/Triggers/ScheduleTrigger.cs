using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlOps.Pipelines.Runs;
using NCrontab;

namespace MlOps.Pipelines.Triggers;

/// <summary>Starts the runs of pipelines with a schedule (NCRONTAB with seconds, UTC). A time that passed while nothing ran is not made up for.</summary>
internal sealed partial class ScheduleTrigger(PipelineCatalog pipelines, ScheduledRuns runs, TimeProvider time, ILogger<ScheduleTrigger> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var since = time.GetUtcNow();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = time.GetUtcNow();
            foreach (var name in pipelines.Names()) await TryStartAsync(name, since, now, stoppingToken);
            since = now;
        }
    }

    private async Task TryStartAsync(string name, DateTimeOffset since, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            if (pipelines.TryRead(name)?.Spec.Triggers.Schedule is not { } schedule) return;
            var due = NextAfter(schedule, since);
            if (due > now) return;
            await runs.RequestAsync(name, schedule, due, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogProblem(name, error.Message);
        }
    }

    internal static DateTimeOffset NextAfter(string schedule, DateTimeOffset since) =>
        new(CrontabSchedule.Parse(schedule, new CrontabSchedule.ParseOptions { IncludingSeconds = true }).GetNextOccurrence(since.UtcDateTime), TimeSpan.Zero);

    [LoggerMessage(3201, LogLevel.Warning, "Pipeline {Pipeline}: its schedule cannot be followed: {Problem}")]
    private partial void LogProblem(string pipeline, string problem);
}
