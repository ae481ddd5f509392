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
internal sealed class ModelLoader(IBlobStore blobs, IOptions<ServingOptions> options)
{
    public async Task<LoadedModel> LoadAsync(EndpointVariant variant, CancellationToken cancellationToken)
    {
        var path = ModelPackage.PathOf(variant.Model, variant.Version);
        var signature = await blobs.ReadJsonAsync<ModelSignature>(path + ModelPackage.Signature, cancellationToken);
        var transform = await blobs.ReadJsonAsync<FeatureTransform>(path + ModelPackage.Features, cancellationToken);
        var golden = await blobs.ReadJsonAsync<GoldenRows>(path + ModelPackage.Golden, cancellationToken);
        using var file = await blobs.AsLocalFileAsync(path + ModelPackage.Model, cancellationToken);
        await CheckHashAsync(variant, file.Path, cancellationToken);

        var loaded = new LoadedModel(
            ModelIdentity.Of(variant), signature, golden, new PredictionQueue(OnnxModel.Load(file.Path, signature), new FeatureComputer(transform), options.Value));
        try
        {
            // The first rows cost the most; they are computed before a user waits for them.
            await loaded.Predictions.PredictAsync(golden.Instances, cancellationToken);
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
