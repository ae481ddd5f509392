using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Triggers;

/// <summary>Looks into a folder until nothing waits there any more.</summary>
/// <param name="look">Name of the activity that looks, and answers when to look again; no time when nothing waits.</param>
internal abstract class FolderWatch(string look) : TaskOrchestrator<string, int>
{
    public override async Task<int> RunAsync(TaskOrchestrationContext context, string input)
    {
        var looks = 1;
        while (await context.CallActivityAsync<TimeSpan?>(look, input, StepRetry.Options) is { } wait)
        {
            await context.CreateTimer(wait, CancellationToken.None);
            looks++;
        }

        return looks;
    }
}
