using MlOps.DurableTask;
using MlOps.Storage.Releases;

namespace MlOps.Pipelines.Releases;

/// <summary>Writes down how a release ended; answers the orchestration whose turn it is now, or nothing.</summary>
internal sealed class CloseRelease(ReleaseStore releases, ReleaseJournal journal, ReleaseMessenger messenger) : TaskActivity<ReleaseClosing, string?>
{
    public override async Task<string?> RunAsync(TaskActivityContext context, ReleaseClosing input)
    {
        await journal.CloseAsync(input.Release.RunId, input.End, context.CancellationToken);
        await messenger.SendEndAsync(input.Release, input.End, context.CancellationToken);
        var open = await releases.ListOpenAsync(input.Release.Endpoint, context.CancellationToken);
        return open.Count > 0 ? open[0].InstanceId : null;
    }
}
