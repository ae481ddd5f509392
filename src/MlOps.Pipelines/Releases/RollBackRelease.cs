using MlOps.DurableTask;
using MlOps.Storage.Endpoints;

namespace MlOps.Pipelines.Releases;

/// <summary>Takes a release back: the endpoint answers with what it answered with before.</summary>
internal sealed class RollBackRelease(EndpointStore endpoints) : TaskActivity<ReleaseClosing, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ReleaseClosing input)
    {
        var reason = $"Rollback of run {input.Release.RunId}: {input.Check.Detail}";
        // Without a version before, the endpoint stands empty: it answers that nothing is served rather than with a model that failed its check.
        await endpoints.SwitchAsync(input.Release.Endpoint, input.Switch.Previous ?? [], "mlops", reason, context.CancellationToken);
        return true;
    }
}
