using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using MlOps.Monitoring.Logging;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Tells those who log and label what the pipelines' files say of it: at the start, before anything is answered, and at every change.</summary>
internal sealed partial class MonitoringPublisher(PipelineCatalog pipelines, MonitoringSettings settings, TimeProvider time, ILogger<MonitoringPublisher> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);
    private readonly Dictionary<string, PipelineSpec> _published = new(StringComparer.Ordinal);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await PublishAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await PublishAsync(stoppingToken);
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        foreach (var name in pipelines.Names())
        {
            try
            {
                if (pipelines.TryRead(name)?.Spec is not { } spec || (_published.TryGetValue(name, out var known) && ReferenceEquals(known, spec))) continue;
                await settings.PublishAsync(spec.Release.Endpoint, Of(spec), cancellationToken);
                _published[name] = spec;
            }
            catch (PipelineSpecException)
            {
                // Whoever runs the pipeline is told; what was published before stays.
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogProblem(name, error.Message);
            }
        }
    }

    internal static EndpointMonitoring Of(PipelineSpec spec) => new()
    {
        Pipeline = spec.Name,
        Log = spec.Monitors.Log,
        Labels = spec.Monitors.Labels,
        Columns = spec.Data.Columns,
    };

    [LoggerMessage(3601, LogLevel.Warning, "Pipeline {Pipeline}: what is logged of its endpoint cannot be published, what was published before stays: {Problem}")]
    private partial void LogProblem(string pipeline, string problem);
}
