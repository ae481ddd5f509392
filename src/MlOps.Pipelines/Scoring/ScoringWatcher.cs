using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MlOps.Pipelines.Scoring;

/// <summary>Looks for files to be scored again and again, where nothing tells of arrivals, and for jobs whose files are old enough to go.</summary>
internal sealed partial class ScoringWatcher(ScoringScan scan, ScoringRetention retention, IOptions<PipelineOptions> options, TimeProvider time, ILogger<ScoringWatcher> logger) : BackgroundService
{
    private HashSet<LeftFile> _reported = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ScanInterval, time);
        do await TryScanAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TryScanAsync(CancellationToken cancellationToken)
    {
        try
        {
            var left = (await scan.ScanAsync(cancellationToken)).Left.ToHashSet();
            foreach (var file in left.Except(_reported)) LogLeft(file.File, file.Problem);
            _reported = left;
            await retention.PruneAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // What is wrong with the storage is wrong for everybody; the files are found by the next look.
            if (_reported.Add(new(ScoringDrops.Folder, error.Message))) LogLeft(ScoringDrops.Folder, error.Message);
        }
    }

    [LoggerMessage(3403, LogLevel.Warning, "{File} is not scored and stays where it is: {Problem}")]
    private partial void LogLeft(string file, string problem);
}
