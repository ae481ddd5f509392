using MlOps.Core.Endpoints;

namespace MlOps.Serving.Endpoints;

/// <summary>A manifest whose variants can all answer. Never changed: the next manifest is the next object.</summary>
internal sealed class ServedEndpoint(EndpointManifest manifest, IReadOnlyList<ServedVariant> variants, ModelShelf shelf) : IDisposable
{
    public string Name => Manifest.Endpoint;

    public EndpointManifest Manifest { get; } = manifest;

    /// <summary>In the manifest's order.</summary>
    public IReadOnlyList<ServedVariant> Variants { get; } = variants;

    /// <summary>Lets the models go, each when its last request is answered.</summary>
    public void Dispose()
    {
        foreach (var variant in Variants) shelf.GiveBack(variant.Model);
    }
}

/// <summary>A variant and the place of the model that answers for it.</summary>
internal sealed record ServedVariant(EndpointVariant Variant, ModelSlot Model);
