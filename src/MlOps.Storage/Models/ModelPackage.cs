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

    /// <summary>An <c>InputProfile</c>: what the raw columns looked like in training.</summary>
    public const string Inputs = "inputs.json";

    /// <summary>An <c>EvaluationReport</c>.</summary>
    public const string Metrics = "metrics.json";

    /// <summary>What people should know before they use the model.</summary>
    public const string Card = "card.md";

    /// <summary>Raw rows with the answers that evaluation got, as JSON: what a release is verified with.</summary>
    public const string Golden = "golden.json";

    /// <summary>A <c>PackageSums</c>: the hashes of <see cref="Released"/>. Its own is the package's.</summary>
    public const string Sums = "SHA256SUMS";

    /// <summary>What is released as one unit: all that serving needs. Metrics and card tell of it, and are no part of it.</summary>
    public static IReadOnlyList<string> Released { get; } = [Signature, Features, Inputs, Golden, Model];

    /// <summary>What was measured together, and is copied as it was measured; the list of hashes last, so that it stands for the whole.</summary>
    public static IReadOnlyList<string> Measured { get; } = [Metrics, .. Released, Sums];

    /// <summary>Blob prefix of a version's package.</summary>
    public static string PathOf(string model, int version) => $"models/{model}/{version}/";
}
