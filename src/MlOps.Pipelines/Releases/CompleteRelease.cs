using MlOps.DurableTask;
using MlOps.Storage.Endpoints;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Releases;

internal sealed record ReleaseCompletion(ReleaseRequest Release, int After);

/// <summary>Makes the candidate the version in production, and lets go of the endpoint, in one write.</summary>
internal sealed class CompleteRelease(RunStepServices services, EndpointStore endpoints) : TaskActivity<ReleaseCompletion, int>
{
    public override async Task<int> RunAsync(TaskActivityContext context, ReleaseCompletion input)
    {
        var release = input.Release;
        var spec = (await services.Specs.ReadAsync(release.RunId, context.CancellationToken)).Release;
        var change = new EndpointChange(ReleaseTraffic.FinalOf(release.Model), release.ApprovedBy, $"Release {release.RunId} is complete.")
        {
            StickyBy = spec.StickyBy,
            Release = release.RunId,
            After = input.After,
            Final = true,
        };
        try
        {
            return (await endpoints.ChangeAsync(release.Endpoint, change, context.CancellationToken)).Revision;
        }
        catch (EndpointHeldException lost)
        {
            throw new NonRetriableTaskException(lost.Message, lost);
        }
    }
}
