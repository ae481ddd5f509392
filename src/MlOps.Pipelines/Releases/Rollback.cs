using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Releases;

/// <param name="Endpoint">The endpoint.</param>
/// <param name="From">Revision in force when it was asked for.</param>
/// <param name="To">Revision whose variants come back.</param>
/// <param name="By">Who asks.</param>
/// <param name="Reason">Why.</param>
internal sealed record RollbackRequest(string Endpoint, int From, int To, string By, string Reason);

/// <summary>Brings an earlier state of an endpoint back because a person says so.</summary>
internal sealed class Rollback : TaskOrchestrator<RollbackRequest, EndpointManifest>
{
    public override async Task<EndpointManifest> RunAsync(TaskOrchestrationContext context, RollbackRequest input)
    {
        var manifest = await context.CallActivityAsync<EndpointManifest>(nameof(RestoreRevision), input, StepRetry.Options);
        await context.CallActivityAsync(nameof(AlignStages), input, ReleaseRetry.UntilDone);
        return manifest;
    }
}

/// <summary>Writes the variants of an earlier revision as the next one. Refused when the endpoint has changed since it was asked for.</summary>
internal sealed class RestoreRevision(EndpointStore endpoints) : TaskActivity<RollbackRequest, EndpointManifest>
{
    public override async Task<EndpointManifest> RunAsync(TaskActivityContext context, RollbackRequest input)
    {
        var target = await endpoints.TryGetRevisionAsync(input.Endpoint, input.To, context.CancellationToken)
            ?? throw new NonRetriableTaskException($"Endpoint '{input.Endpoint}' has no revision {input.To}.");
        try
        {
            return await endpoints.ChangeAsync(
                input.Endpoint,
                new(target.Variants, input.By, $"Rollback to revision {input.To}: {input.Reason}") { StickyBy = target.StickyBy, After = input.From },
                context.CancellationToken);
        }
        catch (EndpointHeldException held)
        {
            throw new NonRetriableTaskException(held.Message, held);
        }
    }
}

/// <summary>Lets the registry follow a rollback: what came back is deployed, what it replaced is archived.</summary>
internal sealed class AlignStages(EndpointStore endpoints, ModelRegistry registry) : TaskActivity<RollbackRequest, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, RollbackRequest input)
    {
        var from = await endpoints.TryGetRevisionAsync(input.Endpoint, input.From, context.CancellationToken);
        var to = await endpoints.TryGetRevisionAsync(input.Endpoint, input.To, context.CancellationToken);
        var reason = $"Rollback of endpoint '{input.Endpoint}' to revision {input.To}: {input.Reason}";
        foreach (var variant in to!.Variants) await registry.TryMoveAsync(variant, ModelStage.Deployed, input.By, reason, context.CancellationToken);
        foreach (var variant in from!.Variants.Where(f => !to.Variants.Any(t => t.Model == f.Model && t.Version == f.Version)))
            await registry.TryMoveAsync(variant, ModelStage.Archived, input.By, reason, context.CancellationToken);
        return true;
    }
}
