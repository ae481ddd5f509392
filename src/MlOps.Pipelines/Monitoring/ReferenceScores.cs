using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Data.Features;
using MlOps.Inference;
using MlOps.Monitoring.Measuring;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Monitoring;

/// <summary>What a model version answered on the test part of its own evaluation: computed once, as serving computes, and kept.</summary>
internal sealed class ReferenceScores(IBlobStore blobs)
{
    /// <returns><see langword="null"/>: the test part is gone, or the model was not made here.</returns>
    /// <exception cref="PackageException">A file of the model is missing, or not what was registered.</exception>
    public async Task<ScoredReference?> GetAsync(ModelVersionRecord model, WorkFolder work, CancellationToken cancellationToken)
    {
        var place = $"monitoring/{model.Name}/{model.Version}/reference.json";
        if (await blobs.TryReadJsonAsync<ScoredReference>(place, cancellationToken) is { } known) return known;
        var test = $"runs/{model.RunId}/features/{FeatureSet.TestFile}";
        if (await blobs.TryGetInfoAsync(test, cancellationToken) is null) return null;

        var package = await VerifiedPackage.OpenAsync(blobs, model, cancellationToken);
        var signature = await package.ReadJsonAsync<ModelSignature>(ModelPackage.Signature, cancellationToken);
        var transform = await package.ReadJsonAsync<FeatureTransform>(ModelPackage.Features, cancellationToken);
        using var graph = await package.AsLocalFileAsync(ModelPackage.Model, cancellationToken);
        var rows = await work.LayAsync(test, "reference.parquet", cancellationToken);
        var reference = await Task.Run(() => Score(graph.Path, rows, signature, transform, cancellationToken), cancellationToken);
        return reference is null ? null : await blobs.CreateOrReadJsonAsync(place, reference, cancellationToken);
    }

    private static ScoredReference? Score(string graph, string rows, ModelSignature signature, FeatureTransform transform, CancellationToken cancellationToken)
    {
        using var model = OnnxModel.Load(graph, signature);
        using var features = new FeatureComputer(transform);
        var (scores, labels) = (new List<float>(), new List<float>());
        foreach (var batch in features.ComputeParquet(rows, [], cancellationToken))
        {
            scores.AddRange(model.Score(batch.Features));
            labels.AddRange(batch.Labels.Span);
        }
        var kept = Enumerable.Range(0, labels.Count).Where(row => float.IsFinite(labels[row])).ToList();
        if (kept.Count is 0) return null;
        if (kept.Count > ScoredReference.MostRows)
        {
            var all = kept.Count;
            kept = [.. Enumerable.Range(0, ScoredReference.MostRows).Select(i => kept[(int)((long)i * all / ScoredReference.MostRows)])];
        }
        var width = signature.OutputWidth;
        return new ScoredReference { Scores = [.. kept.SelectMany(row => scores.Skip(row * width).Take(width))], Labels = [.. kept.Select(row => labels[row])] };
    }
}
