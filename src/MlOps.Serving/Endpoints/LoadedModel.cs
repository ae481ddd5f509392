using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.Endpoints;

/// <summary>A model version in memory. Lives until its last request is answered.</summary>
internal sealed class LoadedModel(EndpointVariant variant, ModelSignature signature, PredictionQueue predictions) : IDisposable
{
    // One use is the endpoint's own; each request that is being answered is another.
    private int uses = 1;

    public EndpointVariant Variant { get; } = variant;

    public ModelSignature Signature { get; } = signature;

    public PredictionQueue Predictions { get; } = predictions;

    /// <summary>Keeps the model in memory for one request; false when it has just been let go.</summary>
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
