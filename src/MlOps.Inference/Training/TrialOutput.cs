using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Core.Training;

namespace MlOps.Inference.Training;

/// <summary>
/// What a trainer leaves in its output folder: <c>model.onnx</c>, <c>signature.json</c> and, last, <c>metrics.json</c>. Checked in full
/// before anything is done with it, since a trainer may be anybody's program.
/// </summary>
public static class TrialOutput
{
    /// <summary>The graph.</summary>
    public const string ModelFile = "model.onnx";

    /// <summary>A <see cref="ModelSignature"/>.</summary>
    public const string SignatureFile = "signature.json";

    /// <summary>A <see cref="TrialMetrics"/>; its presence says that the others are complete.</summary>
    public const string MetricsFile = "metrics.json";

    // Float32 probabilities of many classes do not sum to 1 exactly.
    private const double SumTolerance = 1e-3;

    /// <summary>Reads the output of a trial and checks it against the specification that the trainer had.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="spec">The trial's specification.</param>
    /// <returns>The metrics.</returns>
    /// <exception cref="TrialOutputException">A file is missing or damaged, or does not fit the specification.</exception>
    public static TrialMetrics Read(string folder, TrialSpec spec)
    {
        var metrics = Document<TrialMetrics>(folder, MetricsFile, "It is the marker that all is there: write it last.");
        CheckMetrics(metrics, spec);
        var signature = Document<ModelSignature>(folder, SignatureFile, "Write inputs, task and classes as spec.json has them.");
        CheckSignature(signature, spec);
        CheckModel(Path.Combine(folder, ModelFile), signature);
        return metrics;
    }

    private static T Document<T>(string folder, string name, string remedy)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(folder, name));
            return JsonSerializer.Deserialize<T>(file, MlOpsJson.Compact) ?? throw new TrialOutputException(name, "is null.");
        }
        catch (JsonException e)
        {
            throw new TrialOutputException($"{name}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}", e.Message, e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TrialOutputException(name, $"the trainer left no such file. {remedy}", e);
        }
    }

    private static void CheckMetrics(TrialMetrics metrics, TrialSpec spec)
    {
        if (!metrics.Validation.TryGetValue(spec.Metric, out var value))
            throw new TrialOutputException(MetricsFile, $"'validation' holds no '{spec.Metric}', the search's metric; it holds {Listed(metrics.Validation.Keys)}. Measure it on the validation part.");
        if (!double.IsFinite(value))
            throw new TrialOutputException(MetricsFile, $"'{spec.Metric}' is {value}: the model answers nonsense, or the metric is undefined on the validation part.");
        if (metrics.Importance.Keys.FirstOrDefault(name => spec.Features.All(f => f.Name != name)) is { } unknown)
            throw new TrialOutputException(MetricsFile, $"'importance' names '{unknown}', which is no feature. The features: {Listed(spec.Features.Select(f => f.Name))}.");
    }

    private static void CheckSignature(ModelSignature signature, TrialSpec spec)
    {
        if (signature.Task != spec.Label.Task)
            throw new TrialOutputException(SignatureFile, $"'task' is {signature.Task}, the label is {spec.Label.Task}.");
        if (!signature.Classes.SequenceEqual(spec.Label.Classes, StringComparer.Ordinal))
            throw new TrialOutputException(SignatureFile, $"'classes' are {Listed(signature.Classes)}; the label's are {Listed(spec.Label.Classes)}, in this order.");
        if (!signature.Inputs.Select(i => (i.Name, i.Kind)).SequenceEqual(spec.Features.Select(f => (f.Name, f.Kind))))
            throw new TrialOutputException(SignatureFile, $"'inputs' are {Listed(signature.Inputs.Select(i => i.Name))}; the features are {Listed(spec.Features.Select(f => f.Name))}, in this order and of the same kinds.");
    }

    private static void CheckModel(string path, ModelSignature signature)
    {
        if (!File.Exists(path)) throw new TrialOutputException(ModelFile, "the trainer left no such file.");
        try
        {
            using var model = OnnxModel.Load(path, signature);
            CheckAnswer(model.ScoreBlank(2), signature);
        }
        catch (OnnxModelException e)
        {
            throw new TrialOutputException(ModelFile, e.Message[(e.Name.Length + 2)..], e);
        }
    }

    // One row of nothing but missing and unknown values, and one of zeros: a model must take both.
    private static void CheckAnswer(float[] answer, ModelSignature signature)
    {
        foreach (var row in answer.Chunk(signature.OutputWidth))
        {
            if (row.FirstOrDefault(v => !float.IsFinite(v), 0) is var odd and not 0)
                throw new TrialOutputException(ModelFile, $"answers {odd} for a row of zeros or missing values. Missing numbers come as NaN, unknown categories as any text: the graph must expect both.");
            if (signature.Task is LearningTask.Regression) continue;
            if (row.Any(v => v is < 0 or > 1))
                throw new TrialOutputException(ModelFile, $"answers {row.First(v => v is < 0 or > 1)}, which is no probability. Put the sigmoid or softmax inside the graph.");
            if (signature.Task is LearningTask.Multiclass && Math.Abs(row.Sum(v => (double)v) - 1) > SumTolerance)
                throw new TrialOutputException(ModelFile, $"answers probabilities that sum to {row.Sum(v => (double)v):0.###} and not to 1. Put the softmax inside the graph.");
        }
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "nothing";
}
