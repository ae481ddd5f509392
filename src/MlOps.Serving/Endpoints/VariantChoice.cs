using MlOps.Serving.Prediction;

namespace MlOps.Serving.Endpoints;

/// <summary>Which variant a request asks for: by the endpoint's split, by name, or by version.</summary>
internal readonly record struct VariantChoice
{
    private readonly string? _name;
    private readonly string? _version;

    private VariantChoice(string? name, string? version) => (_name, _version) = (name, version);

    /// <summary>The endpoint's weights decide.</summary>
    public static VariantChoice BySplit => default;

    public bool IsBySplit => _name is null && _version is null;

    public static VariantChoice Named(string name) => new(name, null);

    public static VariantChoice OfVersion(string version) => new(null, version);

    /// <exception cref="PredictionException">There is none.</exception>
    public ServedVariant From(ServedEndpoint endpoint, RequestRows rows)
    {
        var (wantedName, wantedVersion) = (_name, _version);
        if (wantedName is not null)
            return endpoint.Variants.FirstOrDefault(v => v.Variant.Name == wantedName) ?? throw PredictionException.UnknownVariant(endpoint, wantedName);
        if (wantedVersion is not null)
            return endpoint.Variants.FirstOrDefault(v => v.Variant.Version.ToString() == wantedVersion) ?? throw PredictionException.UnknownVersion(endpoint, wantedVersion);

        var key = endpoint.Manifest.StickyBy is { } column ? rows.KeyOf(column) : null;
        var index = TrafficSplit.At(endpoint.Manifest.Variants, key is null ? TrafficSplit.ByChance() : TrafficSplit.PointOf(endpoint.Name, key));
        return index < 0 ? throw PredictionException.OnlyStaged(endpoint) : endpoint.Variants[index];
    }
}
