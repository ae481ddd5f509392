using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Data.Features;
using MlOps.Inference;
using MlOps.Serving.Prediction;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;

namespace MlOps.Serving.Endpoints;

/// <summary>Brings a model version into memory: its package checked, its signature checked, warmed with golden rows.</summary>
internal sealed class ModelLoader(IBlobStore blobs, ServingCache cache, IOptions<ServingOptions> options, TimeProvider time)
{
    // What ONNX Runtime makes of a graph, and the engine that computes its features.
    private const int BytesPerFileByte = 3;

    public async Task<LoadedModel> LoadAsync(EndpointVariant variant, CancellationToken cancellationToken)
    {
        var package = await cache.TryOpenAsync(variant, cancellationToken) ?? await VerifiedPackage.OpenAsync(blobs, variant, cancellationToken);
        var signature = await package.ReadJsonAsync<ModelSignature>(ModelPackage.Signature, cancellationToken);
        var transform = await package.ReadJsonAsync<FeatureTransform>(ModelPackage.Features, cancellationToken);
        var inputs = await package.ReadJsonAsync<InputProfile>(ModelPackage.Inputs, cancellationToken);
        var golden = await package.ReadJsonAsync<GoldenRows>(ModelPackage.Golden, cancellationToken);
        using var file = await package.AsLocalFileAsync(ModelPackage.Model, cancellationToken);

        var facts = new ModelFacts(signature, transform, golden, new RawRowsReader(transform, inputs));
        var loaded = new LoadedModel(
            facts, new FileInfo(file.Path).Length * BytesPerFileByte,
            new PredictionQueue(OnnxModel.Load(file.Path, signature), new FeatureComputer(transform), options.Value, time));
        try
        {
            // The first rows cost the most; they are computed before a user waits for them.
            await loaded.Predictions.PredictAsync(facts.Rows.Read(golden.Instances), cancellationToken);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }
}
