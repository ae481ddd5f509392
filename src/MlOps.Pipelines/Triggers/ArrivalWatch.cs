using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Triggers;

/// <summary>
/// Looks into a pipeline's incoming folder until nothing waits there any more. One instance a pipeline, however many files arrive at
/// once and however many machines are told of them: that is what makes one run of them.
/// </summary>
internal sealed class ArrivalWatch : TaskOrchestrator<string, int>
{
    public override async Task<int> RunAsync(TaskOrchestrationContext context, string input)
    {
        var looks = 1;
        while (await context.CallActivityAsync<TimeSpan?>(nameof(LookForArrivals), input, StepRetry.Options) is { } wait)
        {
            await context.CreateTimer(wait, CancellationToken.None);
            looks++;
        }

        return looks;
    }
}
