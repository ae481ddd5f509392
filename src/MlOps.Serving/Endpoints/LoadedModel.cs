using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.Endpoints;

/// <summary>What tells one model's bytes from another's.</summary>
internal sealed record ModelIdentity(string Model, int Version, string Sha256)
{
    public static ModelIdentity Of(EndpointVariant variant) => new(variant.Model, variant.Version, variant.Sha256);
}

/// <summary>A model version in memory. Lives until its last request is answered.</summary>
internal sealed class LoadedModel(ModelIdentity identity, ModelSignature signature, GoldenRows golden, PredictionQueue predictions) : IDisposable
{
    // One use is the endpoint's own; each request that is being answered is another.
    private int uses = 1;

    public ModelIdentity Identity { get; } = identity;

    public ModelSignature Signature { get; } = signature;

    public GoldenRows Golden { get; } = golden;

    public PredictionQueue Predictions { get; } = predictions;

    /// <summary>Keeps the model in memory for one use more; false when it has just been let go.</summary>
    public bool TryUse()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref uses);
            if (seen is 0) return false;
        }
        while (Interlocked.CompareExchange(ref uses, seen + 1, seen) != seen);
        return true;
    }

    /// <summary>Ends one use; the last one frees the memory.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref uses) is 0) Predictions.Dispose();
    }
}
