using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.DurableTask;
using MlOps.Pipelines.Triggers;

namespace MlOps.Pipelines.Scoring;

/// <summary>Looks into an endpoint's folder until nothing waits there any more. One instance an endpoint, however many files arrive.</summary>
internal sealed class ScoringWatch() : FolderWatch(nameof(LookForFilesToScore));

/// <summary>Looks into an endpoint's folder and starts the jobs of what has arrived. Safe to run again: what a job has taken, no second one takes.</summary>
internal sealed partial class LookForFilesToScore(ScoringScan scan, IOptions<PipelineOptions> options, ILogger<LookForFilesToScore> logger) : TaskActivity<string, TimeSpan?>
{
    /// <returns>When to look again; <see langword="null"/> when nothing waits.</returns>
    public override async Task<TimeSpan?> RunAsync(TaskActivityContext context, string input)
    {
        var state = await scan.ScanAsync(input, context.CancellationToken);
        foreach (var left in state.Left) LogLeft(left.File, left.Problem);
        return state.Waiting ? options.Value.QuietPeriod : null;
    }

    [LoggerMessage(3402, LogLevel.Warning, "{File} is not scored and stays where it is: {Problem}")]
    private partial void LogLeft(string file, string problem);
}
