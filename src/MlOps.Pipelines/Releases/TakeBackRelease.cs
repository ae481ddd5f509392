using MlOps.DurableTask;
using MlOps.Storage.Endpoints;

namespace MlOps.Pipelines.Releases;

/// <summary>Takes a release back: the endpoint answers with what it answered with before.</summary>
internal sealed class TakeBackRelease(EndpointStore endpoints) : TaskActivity<ReleaseClosing, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ReleaseClosing input)
    {
        await endpoints.TakeBackAsync(input.Release.Endpoint, input.Release.RunId, input.End.By, input.End.Reason, context.CancellationToken);
        return true;
    }
}
