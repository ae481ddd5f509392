using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Data.Features;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.Endpoints;

/// <summary>What tells one model's bytes from another's.</summary>
internal sealed record ModelIdentity(string Model, int Version, string Sha256, string? Package)
{
    public static ModelIdentity Of(EndpointVariant variant) => new(variant.Model, variant.Version, variant.Sha256, variant.Package);
}

/// <summary>A model version in memory. Lives until its last request is answered.</summary>
/// <param name="facts">What is known of it.</param>
/// <param name="bytes">Memory that it counts for.</param>
/// <param name="predictions">Who computes.</param>
internal sealed class LoadedModel(ModelFacts facts, long bytes, PredictionQueue predictions) : IDisposable
{
    // One use is the slot's own; each request that is being answered is another.
    private int _uses = 1;

    public ModelFacts Facts { get; } = facts;

    public ModelSignature Signature => Facts.Signature;

    public RawRowsReader Rows => Facts.Rows;

    public long Bytes { get; } = bytes;

    public PredictionQueue Predictions { get; } = predictions;

    /// <summary>Keeps the model in memory for one use more; false when it has just been let go.</summary>
    public bool TryUse()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _uses);
            if (seen is 0) return false;
        }
        while (Interlocked.CompareExchange(ref _uses, seen + 1, seen) != seen);
        return true;
    }

    /// <summary>Ends one use; the last one frees the memory.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _uses) is 0) Predictions.Dispose();
    }
}

/// <summary>What is known of a model, also while it is not in memory.</summary>
/// <param name="Signature">What it takes and answers.</param>
/// <param name="Transform">From raw rows to its inputs.</param>
/// <param name="Golden">Raw rows with their answers.</param>
/// <param name="Rows">How rows of requests are read and judged.</param>
internal sealed record ModelFacts(ModelSignature Signature, Core.Features.FeatureTransform Transform, GoldenRows Golden, RawRowsReader Rows);
