using MlOps.Core.Endpoints;
using MlOps.Core.Releases;
using MlOps.Core.Runs;
using MlOps.Storage.Endpoints;

namespace MlOps.Pipelines.Releases;

/// <summary>The manifests that a release writes: each the same whoever computes it, and however often.</summary>
internal static class ReleaseTraffic
{
    /// <summary>The variants of a step: the version in production and the candidate.</summary>
    public static IReadOnlyList<EndpointVariant> VariantsOf(EndpointVariant? champion, ModelRef candidate, TrafficStep step)
    {
        var brought = Of(EndpointVariant.Candidate, candidate, step.Traffic) with { Mirror = step.Mirror };
        return champion is null ? [brought] : [champion with { Name = EndpointVariant.Champion, Weight = 100 - step.Traffic, Mirror = 0 }, brought];
    }

    /// <summary>The variants of the end: the candidate is the version in production.</summary>
    public static IReadOnlyList<EndpointVariant> FinalOf(ModelRef candidate) => [Of(EndpointVariant.Champion, candidate, 100)];

    private static EndpointVariant Of(string name, ModelRef model, int weight) => new(name, model.Name, model.Version, model.Sha256, weight) { Package = model.Package };

    /// <summary>The manifest that was in force before a release took the endpoint; <see langword="null"/>: none.</summary>
    public static async Task<EndpointManifest?> BeforeAsync(this EndpointStore endpoints, EndpointManifest held, CancellationToken cancellationToken) =>
        held.Hold is { Before: > 0 and var before } ? await endpoints.TryGetRevisionAsync(held.Endpoint, before, cancellationToken) : null;

    /// <summary>Lets an endpoint answer with what it answered with before a release, and ends the release's hold. Nothing happens when it does not hold it.</summary>
    public static async Task TakeBackAsync(this EndpointStore endpoints, string endpoint, string release, string by, string reason, CancellationToken cancellationToken)
    {
        if (await endpoints.TryGetAsync(endpoint, cancellationToken) is not { Manifest: var held }) return;
        if (held.Hold?.Release != release)
        {
            // It may have let go a moment ago, and then failed.
            await endpoints.TellEndAsync(endpoint, release, cancellationToken);
            return;
        }

        var before = await endpoints.BeforeAsync(held, cancellationToken);
        // Without a version before, the endpoint stands empty: it answers that nothing is served rather than with a version that failed.
        await endpoints.ChangeAsync(
            endpoint,
            new(before?.Variants ?? [], by, $"Release {release} was taken back: {reason}") { StickyBy = before?.StickyBy, Release = release, Final = true },
            cancellationToken);
    }
}
