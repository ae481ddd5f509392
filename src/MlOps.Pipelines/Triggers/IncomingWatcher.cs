using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Triggers;

/// <summary>Looks into the incoming folders again and again, where nothing tells of arrivals.</summary>
internal sealed partial class IncomingWatcher(PipelineCatalog pipelines, IncomingScan scan, IOptions<PipelineOptions> options, TimeProvider time, ILogger<IncomingWatcher> logger) : BackgroundService
{
    private readonly Dictionary<string, string> _reportedProblems = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ScanInterval, time);
        do
        {
            foreach (var name in pipelines.Names()) await TryScanAsync(name, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One pipeline's trouble must not stop the others; the files stay where they are until it is mended.</summary>
    private async Task TryScanAsync(string pipeline, CancellationToken cancellationToken)
    {
        string? problem;
        try
        {
            (_, problem) = await scan.ScanAsync(pipeline, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            problem = error.Message;
        }

        if (problem == _reportedProblems.GetValueOrDefault(pipeline)) return;
        if (problem is null)
        {
            _reportedProblems.Remove(pipeline);
            return;
        }

        _reportedProblems[pipeline] = problem;
        LogProblem(pipeline, problem);
    }

    [LoggerMessage(3102, LogLevel.Warning, "Pipeline {Pipeline}: dropped files wait in the incoming folder, since they cannot be taken: {Problem}")]
    private partial void LogProblem(string pipeline, string problem);
}
