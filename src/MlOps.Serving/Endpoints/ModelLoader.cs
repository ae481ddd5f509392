using System.Security.Cryptography;
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

/// <summary>Brings a model version into memory: hash checked, signature checked, warmed with golden rows.</summary>
internal sealed class ModelLoader(IBlobStore blobs, ServingCache cache, IOptions<ServingOptions> options, TimeProvider time)
{
    // What ONNX Runtime makes of a graph, and the engine that computes its features.
    private const int BytesPerFileByte = 3;

    public async Task<LoadedModel> LoadAsync(EndpointVariant variant, CancellationToken cancellationToken)
    {
        var source = await cache.HasAsync(variant, cancellationToken) ? cache.Blobs! : blobs;
        var path = ModelPackage.PathOf(variant.Model, variant.Version);
        var signature = await source.ReadJsonAsync<ModelSignature>(path + ModelPackage.Signature, cancellationToken);
        var transform = await source.ReadJsonAsync<FeatureTransform>(path + ModelPackage.Features, cancellationToken);
        var inputs = await source.TryReadJsonAsync<InputProfile>(path + ModelPackage.Inputs, cancellationToken);
        var golden = await source.ReadJsonAsync<GoldenRows>(path + ModelPackage.Golden, cancellationToken);
        using var file = await source.AsLocalFileAsync(path + ModelPackage.Model, cancellationToken);
        await CheckHashAsync(variant, file.Path, cancellationToken);

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

    private static async Task CheckHashAsync(EndpointVariant variant, string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        var actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        if (actual != variant.Sha256) throw new ModelHashException(variant, actual);
    }
}

/// <summary>A model's bytes are not those that its manifest names.</summary>
public sealed class ModelHashException(EndpointVariant variant, string actual) : Exception(
    $"Model {variant.Model} version {variant.Version}: the manifest names SHA-256 {variant.Sha256}, its file has {actual}. It was changed after its release; restore it or release another version.")
{
}
