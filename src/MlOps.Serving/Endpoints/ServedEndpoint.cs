using MlOps.Core.Endpoints;

namespace MlOps.Serving.Endpoints;

/// <summary>A manifest whose variants are all in memory. Never changed: the next manifest is the next object.</summary>
internal sealed class ServedEndpoint(EndpointManifest manifest, IReadOnlyList<ServedVariant> variants) : IDisposable
{
    public string Name => Manifest.Endpoint;

    public EndpointManifest Manifest { get; } = manifest;

    /// <summary>In the manifest's order.</summary>
    public IReadOnlyList<ServedVariant> Variants { get; } = variants;

    /// <summary>Lets the models go, each when its last request is answered.</summary>
    public void Dispose()
    {
        foreach (var variant in Variants) variant.Model.Dispose();
    }
}

/// <summary>A variant and the model that answers for it.</summary>
internal sealed record ServedVariant(EndpointVariant Variant, LoadedModel Model);
