using System.Text.Json;
using Google.Protobuf;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Training;
using MlOps.Inference.Onnx;

namespace MlOps.Trainer;

/// <summary>The files of the training contract.</summary>
internal static class TrialFolder
{
    public const string Spec = "spec.json", Train = "train.parquet", Validation = "validation.parquet";

    public const string Model = "model.onnx", Signature = "signature.json", Metrics = "metrics.json";

    /// <summary>Reads and checks <c>spec.json</c>.</summary>
    /// <exception cref="TrainerInputException">The file is missing, is no JSON of this form, or contradicts itself.</exception>
    public static TrialSpec ReadSpec(string path)
    {
        TrialSpec spec;
        try
        {
            using var file = File.OpenRead(path);
            spec = JsonSerializer.Deserialize<TrialSpec>(file, MlOpsJson.Compact) ?? throw new TrainerInputException($"{path}: the document is null.");
        }
        catch (JsonException e)
        {
            throw new TrainerInputException($"{path}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TrainerInputException($"{path}: cannot be read: {e.Message}", e);
        }
        Check(spec, path);
        return spec with { Threads = Math.Min(spec.Threads, Environment.ProcessorCount) };
    }

    /// <summary>Writes the model, its signature, and as the marker that all is there, the metrics: each file whole or not at all.</summary>
    public static void Publish(string folder, ModelProto model, ModelSignature signature, TrialMetrics metrics)
    {
        Directory.CreateDirectory(folder);
        // Metrics of an earlier attempt must not vouch for a model that is being replaced.
        File.Delete(Path.Combine(folder, Metrics));
        Write(folder, Model, model.ToByteArray());
        Write(folder, Signature, JsonSerializer.SerializeToUtf8Bytes(signature, MlOpsJson.Indented));
        Write(folder, Metrics, JsonSerializer.SerializeToUtf8Bytes(metrics, MlOpsJson.Indented));
    }

    private static void Write(string folder, string name, byte[] content)
    {
        var partial = Path.Combine(folder, name + ".partial");
        using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(partial, Path.Combine(folder, name), overwrite: true);
    }

    private static void Check(TrialSpec spec, string path)
    {
        if (spec.Trainer != "xgboost") throw new TrainerInputException($"{path}: field 'trainer' is '{spec.Trainer}'; this program is trainer 'xgboost'.");
        if (spec.Threads < 1) throw new TrainerInputException($"{path}: field 'threads' is {spec.Threads}; it must be at least 1.");
        var names = new HashSet<string>(StringComparer.Ordinal) { ModelSignature.OutputName, TrialSpec.LabelColumn };
        foreach (var feature in spec.Features)
        {
            if (!names.Add(feature.Name))
                throw new TrainerInputException($"{path}: feature '{feature.Name}' occurs twice or has a reserved name ({ModelSignature.OutputName}, {TrialSpec.LabelColumn}). Rename it.");
            if (feature.Name.Length == 0 || feature.Name.StartsWith('\u00B7'))
                throw new TrainerInputException($"{path}: feature '{feature.Name}': a name must not be empty or begin with '\u00B7'. Rename it.");
        }
        foreach (var encoder in spec.Encoders.Where(e => e.Method is not Core.Specification.EncodingMethod.OneHot && e.Values.Count != e.Categories.Count))
            throw new TrainerInputException($"{path}: the encoder of '{encoder.Feature}' has {encoder.Categories.Count} categories and {encoder.Values.Count} values.");
    }
}
