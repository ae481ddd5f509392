namespace MlOps.Core.Endpoints;

/// <summary>What an endpoint answers with: <c>endpoints/&lt;name&gt;/manifest.json</c>. Serving follows it; a rollback writes an earlier one.</summary>
public sealed record EndpointManifest
{
    /// <summary>Name of the endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Counts the manifests of the endpoint, from 1.</summary>
    public required int Revision { get; init; }

    /// <summary>
    /// The versions that are loaded; names differ, weights sum to 100, or are all 0 while the first version is staged. Empty: the endpoint
    /// serves nothing.
    /// </summary>
    public required IReadOnlyList<EndpointVariant> Variants { get; init; }

    /// <summary>
    /// Column of the request's rows whose value decides the variant, so that one customer keeps one version; of a request with several
    /// rows the first decides. <see langword="null"/>: by chance, request by request.
    /// </summary>
    public string? StickyBy { get; init; }

    /// <summary>
    /// The release that may change the endpoint now; <see langword="null"/>: none is under way, and what answers is there to stay. It is
    /// part of what is written with each change, so nobody can change the endpoint without seeing whose it is.
    /// </summary>
    public EndpointHold? Hold { get; init; }

    /// <summary>The release that wrote this; <see langword="null"/>: a person did.</summary>
    public string? Release { get; init; }

    /// <summary>When it was written, UTC.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Who wrote it.</summary>
    public required string UpdatedBy { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>The version in production: that of the variant <c>champion</c>, or else of the one with most traffic; <see langword="null"/>: none yet.</summary>
    public EndpointVariant? Champion() =>
        Variants.FirstOrDefault(v => v.Name == EndpointVariant.Champion) ?? Variants.Where(v => v.Weight > 0).MaxBy(v => v.Weight);
}

/// <summary>A release's hold on an endpoint.</summary>
/// <param name="Release">Id of the release.</param>
/// <param name="Since">Since when, UTC.</param>
/// <param name="Before">Revision that was in force before, and is again if the release is taken back; 0: none.</param>
public sealed record EndpointHold(string Release, DateTimeOffset Since, int Before);

/// <summary>One version behind an endpoint. With weight 0 it is reached by its name alone (staging) or by mirrored requests (shadow).</summary>
/// <param name="Name">Name of the variant: <see cref="Champion"/>, <see cref="Candidate"/>.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Version">Its version.</param>
/// <param name="Sha256">SHA-256 of its <c>model.onnx</c>.</param>
/// <param name="Weight">Share of the endpoint's requests that it answers, in percent.</param>
public sealed record EndpointVariant(string Name, string Model, int Version, string Sha256, int Weight)
{
    /// <summary>Name of the variant in production.</summary>
    public const string Champion = "champion";

    /// <summary>Name of the variant that a release brings.</summary>
    public const string Candidate = "candidate";

    /// <summary>
    /// SHA-256 of its package's <c>SHA256SUMS</c>: graph, preprocessing and signature are loaded as what was approved, or not at all.
    /// <see langword="null"/>: released before packages were hashed as a whole; such a variant is refused.
    /// </summary>
    public string? Package { get; init; }

    /// <summary>Share of the endpoint's requests that are also computed by this variant, in percent; its answers are compared, never returned.</summary>
    public int Mirror { get; init; }
}
