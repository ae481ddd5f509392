using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlOps.Core.Specification.Reading;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Monitoring;

/// <summary>
/// Keeps the logs in order that no monitor looks at: sorts them into days, joins their labels, and deletes what was kept long enough. Where monitors
/// run, they do it, and measure again what late labels change.
/// </summary>
public sealed partial class PredictionKeeper
{
    private readonly PipelineCatalog _pipelines;
    private readonly PredictionArchive _archive;
    private readonly HourlyTurn _turn;
    private readonly ILogger<PredictionKeeper> _logger;

    internal PredictionKeeper(PipelineCatalog pipelines, PredictionArchive archive, TimeProvider time, ILogger<PredictionKeeper> logger) =>
        (_pipelines, _archive, _turn, _logger) = (pipelines, archive, new(time), logger);

    /// <summary>Puts them in order, once an hour at most.</summary>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        if (!_turn.TryTake(out _)) return;
        foreach (var pipeline in _pipelines.Names()) await TryTidyAsync(pipeline, cancellationToken);
    }

    private async Task TryTidyAsync(string pipeline, CancellationToken cancellationToken)
    {
        try
        {
            if (_pipelines.TryRead(pipeline)?.Spec is { Monitors.Monitors.Count: 0 } spec) await _archive.UpdateAsync(spec.Release.Endpoint, cancellationToken);
        }
        catch (PipelineSpecException)
        {
            // Whoever runs the pipeline is told.
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // One log's trouble must not keep the others; the next look goes on with it.
            LogProblem(pipeline, error.Message);
        }
    }

    [LoggerMessage(3604, LogLevel.Warning, "Pipeline {Pipeline}: the log of its endpoint's predictions cannot be put in order, that is tried again: {Problem}")]
    private partial void LogProblem(string pipeline, string problem);
}

/// <summary>Has the logs put in order by this process.</summary>
internal sealed class PredictionTidying(PredictionKeeper keeper, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        do await keeper.TidyAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
