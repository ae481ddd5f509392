using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Releases;

/// <summary>The registry follows what endpoints answer with.</summary>
internal static class StageMoves
{
    /// <summary>Moves the version of a variant where its life allows for it: what a person retired meanwhile stays retired. A move that was made already is told again, in case that is what failed.</summary>
    public static async Task TryMoveAsync(
        this ModelRegistry registry, EndpointVariant variant, ModelStage stage, string by, string reason, CancellationToken cancellationToken)
    {
        if (await registry.TryGetAsync(variant.Model, variant.Version, cancellationToken) is { } version && (version.Stage == stage || version.Stage.CanMoveTo(stage)))
            await registry.MoveAsync(variant.Model, variant.Version, stage, by, reason, cancellationToken);
    }
}
