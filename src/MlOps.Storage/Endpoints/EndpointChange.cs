using MlOps.Core.Endpoints;

namespace MlOps.Storage.Endpoints;

/// <summary>What an endpoint is to answer with.</summary>
/// <param name="Variants">The variants.</param>
/// <param name="By">Who changes it.</param>
/// <param name="Reason">Why.</param>
public sealed record EndpointChange(IReadOnlyList<EndpointVariant> Variants, string By, string Reason)
{
    /// <summary>Column that keeps a customer on one version.</summary>
    public string? StickyBy { get; init; }

    /// <summary>The release that changes it, which must hold it; <see langword="null"/>: a person does, and no release may hold it.</summary>
    public string? Release { get; init; }

    /// <summary>The revision that it follows, so that a step of a release that is done a second time, late, undoes no later one; <see langword="null"/>: any.</summary>
    public int? After { get; init; }

    /// <summary>Whether the release lets go of the endpoint with this change.</summary>
    public bool Final { get; init; }
}
