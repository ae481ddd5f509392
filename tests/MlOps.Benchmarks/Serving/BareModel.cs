using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Data.Features;
using MlOps.Inference;

namespace MlOps.Benchmarks.Serving;

/// <summary>ONNX Runtime alone, on features that are computed already: no HTTP, no JSON, no features, no answer.</summary>
internal static class BareModel
{
    /// <summary>Rows a second.</summary>
    /// <param name="folder">A model version's package.</param>
    /// <param name="instances">JSON array of the rows.</param>
    /// <param name="threads">Callers at once.</param>
    /// <param name="duration">How long.</param>
    public static async Task<double> RowsPerSecondAsync(string folder, IReadOnlyList<JsonElement> instances, int threads, TimeSpan duration)
    {
        var signature = Read<ModelSignature>(folder, "signature.json");
        using var features = new FeatureComputer(Read<FeatureTransform>(folder, "features.json"));
        using var model = OnnxModel.Load(Path.Combine(folder, "model.onnx"), signature);
        var batch = features.Compute(instances, default);
        for (var i = 0; i < 100; i++) model.Score(batch);
        var start = TimeProvider.System.GetTimestamp();
        var calls = await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Run(() =>
        {
            var done = 0L;
            for (; TimeProvider.System.GetElapsedTime(start) < duration; done++) model.Score(batch);
            return done;
        })));
        return calls.Sum() * instances.Count / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static T Read<T>(string folder, string file) => JsonSerializer.Deserialize<T>(File.ReadAllBytes(Path.Combine(folder, file)), MlOpsJson.Compact)!;
}
