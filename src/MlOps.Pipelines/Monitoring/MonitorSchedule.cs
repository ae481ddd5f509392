using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlOps.Core.Specification.Reading;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Keeps the clock of monitors in this process. A time that passed while nothing ran is not made up for.</summary>
internal sealed partial class MonitorSchedule(PipelineCatalog pipelines, MonitorStarter starter, AlertAnnouncer announcer, TimeProvider time, ILogger<MonitorSchedule> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What opened before a crash and was not told is told now.
        await TryAsync("", () => announcer.AnnounceAsync(stoppingToken));
        var since = time.GetUtcNow();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var (from, now) = (since, time.GetUtcNow());
            foreach (var name in pipelines.Names())
                await TryAsync(name, () => pipelines.TryRead(name)?.Spec is { } spec ? starter.StartDueAsync(spec, from, now, stoppingToken) : Task.CompletedTask);
            since = now;
        }
    }

    private async Task TryAsync(string name, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (PipelineSpecException)
        {
            // Whoever runs the pipeline is told.
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogProblem(name, error.Message);
        }
    }

    [LoggerMessage(3603, LogLevel.Warning, "Pipeline {Pipeline}: its monitors cannot be started: {Problem}")]
    private partial void LogProblem(string pipeline, string problem);
}
