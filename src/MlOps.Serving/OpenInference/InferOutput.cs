using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Core.Text;

namespace MlOps.Serving.OpenInference;

/// <summary>An output tensor of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">Its element type.</param>
/// <param name="Width">Values a row; <see langword="null"/>: one, and the shape has one dimension.</param>
internal sealed record InferOutput(string Name, Datatype Datatype, int? Width)
{
    /// <summary>Name of the output with the class that is answered.</summary>
    public const string Label = "label";

    /// <summary>Whether it is sent in binary.</summary>
    public bool Binary { get; private init; }

    private static readonly InferOutput[] s_regression = [new(ModelSignature.OutputName, Datatype.Fp32, 1)];
    private static readonly InferOutput[] s_binary = [.. s_regression, new(Label, Datatype.Bool, null)];

    /// <summary>All outputs: the scores, and of a classifier the class.</summary>
    public static IReadOnlyList<InferOutput> AllOf(ModelSignature signature) => signature.Task switch
    {
        LearningTask.Binary => s_binary,
        LearningTask.Multiclass => [new(ModelSignature.OutputName, Datatype.Fp32, signature.OutputWidth), new(Label, Datatype.Bytes, null)],
        _ => s_regression,
    };

    /// <summary>The outputs that a request asks for, in its order.</summary>
    /// <exception cref="InferException">There is no such output.</exception>
    public static IReadOnlyList<InferOutput> Requested(ModelSignature signature, InferRequest request)
    {
        var all = AllOf(signature);
        if (request.Outputs is not { Count: > 0 } wanted) return request.BinaryByDefault ? [.. all.Select(o => o with { Binary = true })] : all;
        return [.. wanted.Select(w => all.FirstOrDefault(o => o.Name == w.Name) is { } output
            ? output with { Binary = w.Binary ?? request.BinaryByDefault }
            : throw new InferException($"the model has no output '{w.Name}'. {NearestName.Advice(w.Name, [.. all.Select(o => o.Name)])}"))];
    }

    public IReadOnlyList<long> ShapeOf(long rows) => Width is { } width ? [rows, width] : [rows];
}
