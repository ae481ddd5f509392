using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.DurableTask;

namespace MlOps.Pipelines.Triggers;

/// <summary>Looks into a pipeline's incoming folder and starts the runs of what has arrived. Safe to run again: what a run has taken, no second one takes.</summary>
internal sealed partial class LookForArrivals(IncomingScan scan, IOptions<PipelineOptions> options, ILogger<LookForArrivals> logger) : TaskActivity<string, TimeSpan?>
{
    /// <returns>When to look again; <see langword="null"/> when nothing waits.</returns>
    public override async Task<TimeSpan?> RunAsync(TaskActivityContext context, string input)
    {
        var (waiting, problem) = await scan.ScanAsync(input, context.CancellationToken);
        if (problem is not null) LogProblem(input, problem);
        return waiting ? options.Value.QuietPeriod : null;
    }

    [LoggerMessage(3103, LogLevel.Warning, "Pipeline {Pipeline}: dropped files wait in the incoming folder, since they cannot be taken: {Problem}")]
    private partial void LogProblem(string pipeline, string problem);
}
