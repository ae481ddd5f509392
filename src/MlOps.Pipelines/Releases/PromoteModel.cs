using MlOps.Core.Models;
using MlOps.DurableTask;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Releases;

/// <summary>Notes in the registry which version answers now, and which did before.</summary>
internal sealed class PromoteModel(EndpointStore endpoints, ModelRegistry registry) : TaskActivity<ReleaseRequest, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ReleaseRequest input)
    {
        var (_, _, model, approvedBy) = input;
        var reason = $"Run {input.RunId} released it to endpoint '{input.Endpoint}'.";
        await registry.TryMoveAsync(ReleaseTraffic.FinalOf(model)[0], ModelStage.Deployed, approvedBy, reason, context.CancellationToken);
        foreach (var before in await BeforeAsync(input, context.CancellationToken))
            await registry.TryMoveAsync(before, ModelStage.Archived, approvedBy, $"Version {model.Version} took its place.", context.CancellationToken);
        return true;
    }

    /// <summary>What the endpoint answered with before the release: its first manifest names it.</summary>
    private async Task<IEnumerable<Core.Endpoints.EndpointVariant>> BeforeAsync(ReleaseRequest input, CancellationToken cancellationToken)
    {
        await foreach (var manifest in endpoints.HistoryAsync(input.Endpoint, cancellationToken))
        {
            if (manifest is { Hold.Release: var holder } && holder == input.RunId && await endpoints.BeforeAsync(manifest, cancellationToken) is { } before)
                return before.Variants.Where(v => v.Model != input.Model.Name || v.Version != input.Model.Version).ToList();
        }

        return [];
    }
}
