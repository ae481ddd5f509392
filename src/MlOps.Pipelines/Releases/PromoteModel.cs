using MlOps.Core.Models;
using MlOps.DurableTask;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Releases;

/// <summary>Notes in the registry which version answers now, and which did before.</summary>
internal sealed class PromoteModel(ModelRegistry registry) : TaskActivity<ReleaseClosing, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ReleaseClosing input)
    {
        var (runId, endpoint, model, approvedBy) = input.Release;
        var reason = $"Run {runId} released it to endpoint '{endpoint}'.";
        await registry.MoveAsync(model.Name, model.Version, ModelStage.Deployed, approvedBy, reason, context.CancellationToken);
        foreach (var before in (input.Switch.Previous ?? []).Where(v => v.Model != model.Name || v.Version != model.Version))
            await registry.MoveAsync(before.Model, before.Version, ModelStage.Archived, approvedBy, $"Version {model.Version} took its place.", context.CancellationToken);
        return true;
    }
}
