using Microsoft.Extensions.Options;
using MlOps.Core.Retraining;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Triggers;
using MlOps.Storage.Retraining;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Retraining;

/// <summary>
/// Judges the wishes that wait, once the pipeline's run has ended, and starts the run that comes of them. Safe to run again: the run's id
/// is written down before it starts, and starting it twice starts it once.
/// </summary>
internal sealed class JudgeRetraining(
    PipelineCatalog pipelines, RetrainingStore requests, RunStore runs, RunStarter starter, IncomingScan incoming, IOptions<PipelineOptions> options)
    : TaskActivity<string, TimeSpan?>
{
    /// <returns>When to look again; <see langword="null"/>: nothing waits.</returns>
    public override async Task<TimeSpan?> RunAsync(TaskActivityContext context, string input)
    {
        var cancellationToken = context.CancellationToken;
        var all = await requests.ListAsync(input, cancellationToken);
        foreach (var reserved in all.Where(r => r.Status is RetrainingStatus.Starting)) await StartAsync(reserved, cancellationToken);

        var waiting = all.Where(r => r.Status is RetrainingStatus.Waiting).ToList();
        if (waiting.Count is 0) return null;
        if ((await runs.ListAsync(input, cancellationToken)).Any(r => r.Status.IsAtWork())) return options.Value.RetrainingPoll;
        if (pipelines.TryRead(input) is not { } pipeline) return await DropAsync(waiting, input, cancellationToken);

        // Starting is what a run was reserved for: it counts, whether it has started by now or not.
        var before = all.Where(r => r.Status is RetrainingStatus.Starting or RetrainingStatus.Started).ToList();
        var judged = RetrainingRules.Judge(waiting, before, pipeline.Spec.Triggers, starter.NewId(input));
        // The one that starts comes first: should a crash come now, the others are judged again, and find its run at work.
        foreach (var wish in judged.OrderBy(j => j.Status is not RetrainingStatus.Starting)) await requests.SaveAsync(wish, cancellationToken);
        foreach (var wish in judged.Where(j => j.Status is RetrainingStatus.Starting)) await StartAsync(wish, cancellationToken);
        return null;
    }

    private async Task StartAsync(RetrainingRequest wish, CancellationToken cancellationToken)
    {
        var files = await incoming.ReadyAsync(wish.Pipeline, cancellationToken);
        await starter.StartAsync(new(wish.Pipeline, wish.Trigger, wish.By, wish.Reason, files, RunId: wish.RunId), cancellationToken);
        await requests.SaveAsync(wish with { Status = RetrainingStatus.Started }, cancellationToken);
    }

    private async Task<TimeSpan?> DropAsync(List<RetrainingRequest> waiting, string pipeline, CancellationToken cancellationToken)
    {
        foreach (var wish in waiting)
            await requests.SaveAsync(wish with { Status = RetrainingStatus.Coalesced, Outcome = $"There is no pipeline '{pipeline}' any more." }, cancellationToken);
        return null;
    }
}
