using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Retraining;

/// <summary>
/// One a pipeline: as long as wishes to train again wait, looks whether the pipeline's run has ended, and then starts one for all of them.
/// </summary>
internal sealed class RetrainingQueue : TaskOrchestrator<string, bool>
{
    /// <summary>Event that tells of another wish.</summary>
    public const string Woken = "RetrainingRequested";

    // Long enough for whoever was told that this is at work to have sent the event.
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(2);

    public override async Task<bool> RunAsync(TaskOrchestrationContext context, string input)
    {
        TimeSpan? wait;
        do wait = await context.CallActivityAsync<TimeSpan?>(nameof(JudgeRetraining), input, StepRetry.Options);
        while (await IsWokenAsync(context, wait ?? s_linger) || wait is not null);
        return true;
    }

    private static async Task<bool> IsWokenAsync(TaskOrchestrationContext context, TimeSpan wait)
    {
        try
        {
            await context.WaitForExternalEvent<object?>(Woken, wait);
            return true;
        }
        catch (TaskCanceledException)
        {
            return false;
        }
    }
}
