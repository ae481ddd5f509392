using System.Text.Json;
using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Functions.Api;
using MlOps.Inference;
using MlOps.Storage.Local;
using MlOps.Storage.Models;

namespace MlOps.Cli.Replay;

/// <summary>A model version out of its package, as serving would run it: what would have answered, had nothing been retrained.</summary>
internal sealed class ScoringModel : IDisposable
{
    private readonly OnnxModel _model;
    private readonly FeatureComputer _features;

    private ScoringModel(OnnxModel model, FeatureComputer features) => (_model, _features) = (model, features);

    /// <summary>The raw columns that a request carries.</summary>
    public IReadOnlyList<ColumnSpec> Columns => _features.Transform.Columns;

    public ModelSignature Signature => _model.Signature;

    /// <summary>Reads a version's package in a home.</summary>
    /// <exception cref="PackageException">A file is missing, or not what was registered.</exception>
    public static async Task<ScoringModel> LoadAsync(string home, RunModel model, CancellationToken cancellationToken)
    {
        var blobs = new LocalBlobStore(home, new LocalBlobStoreOptions(), TimeProvider.System);
        var package = await VerifiedPackage.OpenAsync(blobs, ModelPackage.PathOf(model.Name, model.Version), model.Package, cancellationToken);
        var signature = await package.ReadJsonAsync<ModelSignature>(ModelPackage.Signature, cancellationToken);
        var transform = await package.ReadJsonAsync<FeatureTransform>(ModelPackage.Features, cancellationToken);
        using var graph = await package.AsLocalFileAsync(ModelPackage.Model, cancellationToken);
        return new(OnnxModel.Load(graph.Path, signature), new FeatureComputer(transform));
    }

    public float[] Score(IReadOnlyList<JsonElement> instances, CancellationToken cancellationToken) => _model.Score(_features.Compute(instances, cancellationToken));

    /// <summary>Answers and labels as metrics take them.</summary>
    public TestScores With(float[] scores, IEnumerable<string> labels) =>
        new() { Task = Signature.Task, Width = Signature.OutputWidth, Predictions = scores, Labels = labels.Select(LabelOf).ToArray() };

    public void Dispose()
    {
        _model.Dispose();
        _features.Dispose();
    }

    private float LabelOf(string label) => Signature.Task switch
    {
        LearningTask.Binary => Signature.Classes is [_, var positive] && label == positive || label is "true" or "1" ? 1 : 0,
        LearningTask.Multiclass => Signature.Classes.ToList().IndexOf(label),
        _ => float.Parse(label, System.Globalization.CultureInfo.InvariantCulture),
    };
}
