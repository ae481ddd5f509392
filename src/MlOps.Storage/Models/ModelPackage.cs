namespace MlOps.Storage.Models;

/// <summary>The files of a model version, below <c>models/&lt;name&gt;/&lt;version&gt;/</c>.</summary>
public static class ModelPackage
{
    /// <summary>The graph, encoders inside.</summary>
    public const string Model = "model.onnx";

    /// <summary>A <c>ModelSignature</c>.</summary>
    public const string Signature = "signature.json";

    /// <summary>A <c>FeatureTransform</c>: from raw rows to the graph's inputs.</summary>
    public const string Features = "features.json";

    /// <summary>An <c>InputProfile</c>: what the raw columns looked like in training. Versions of old have none.</summary>
    public const string Inputs = "inputs.json";

    /// <summary>An <c>EvaluationReport</c>.</summary>
    public const string Metrics = "metrics.json";

    /// <summary>What people should know before they use the model.</summary>
    public const string Card = "card.md";

    /// <summary>Raw rows with the answers that evaluation got, as JSON: what a release is verified with.</summary>
    public const string Golden = "golden.json";

    /// <summary>What was measured together, and is copied as it was measured; the graph last.</summary>
    public static IReadOnlyList<string> Measured { get; } = [Signature, Features, Inputs, Metrics, Golden, Model];

    /// <summary>What serving needs; the graph last.</summary>
    public static IReadOnlyList<string> Served { get; } = [Signature, Features, Inputs, Golden, Model];

    /// <summary>Blob prefix of a version's package.</summary>
    public static string PathOf(string model, int version) => $"models/{model}/{version}/";
}
