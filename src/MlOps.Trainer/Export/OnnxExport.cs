using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Inference.Onnx;
using MlOps.Trainer.Encoding;
using MlOps.Trainer.XGBoost;
using static MlOps.Trainer.Export.GraphBuilder;

namespace MlOps.Trainer.Export;

/// <summary>
/// A trained model as an ONNX graph: features by name go in, encoders and model are inside, one output <c>prediction</c> comes
/// out, as <see cref="ModelSignature"/> says. Operators: onnx.ai's Operators.md (opset 17) and Operators-ml.md (opset 3).
/// </summary>
internal static class OnnxExport
{
    /// <summary>Writes the graph.</summary>
    public static ModelProto Create(TrialSpec spec, MatrixLayout layout, TrainedModel model, Standardization? standardization)
    {
        var graph = new GraphBuilder(spec.Label.Name);
        var encoded = layout.Features.Select(f => Encode(graph, f, layout.EncoderOf(f))).ToArray();
        var matrix = graph.Node("Concat", "", encoded, [Attribute("axis", 1L)]);
        var answer = model.Link is Link.Identity ? ModelSignature.OutputName : null;
        var margin = model switch
        {
            TreeModel trees => TreeNodes.Add(graph, matrix, trees, answer),
            LinearModel linear => Linear(graph, matrix, linear, standardization!, answer),
            _ => throw new ArgumentOutOfRangeException(nameof(model), model, "Models are a closed set."),
        };
        _ = model.Link switch
        {
            Link.Logistic => graph.Node("Sigmoid", "", [margin], [], ModelSignature.OutputName),
            Link.Softmax => graph.Node("Softmax", "", [margin], [Attribute("axis", 1L)], ModelSignature.OutputName),
            Link.Exponential => graph.Node("Exp", "", [margin], [], ModelSignature.OutputName),
            _ => margin,
        };
        graph.Output(ModelSignature.OutputName, model.Outputs);
        return graph.Build(
        [
            new("task", spec.Label.Task.ToString().ToLowerInvariant()),
            new("classes", JsonSerializer.Serialize(spec.Label.Classes, MlOpsJson.Compact)),
            new("producer", $"mlops-trainer {GraphBuilder.Version}, {spec.Trainer}"),
        ]);
    }

    private static string Encode(GraphBuilder graph, FeatureDefinition feature, CategoryEncoder? encoder)
    {
        graph.Input(feature.Name, encoder is null ? TensorProto.Types.DataType.Float : TensorProto.Types.DataType.String);
        if (encoder is null) return feature.Name;
        if (encoder.Method is not EncodingMethod.OneHot)
        {
            return graph.Node("LabelEncoder", Ml, [feature.Name],
            [
                Attribute("keys_strings", encoder.Categories), Attribute("values_floats", encoder.Values), Attribute("default_float", encoder.Default),
            ]);
        }
        // One-hot adds a dimension: [n, 1] becomes [n, 1, categories].
        var indicators = graph.Node("OneHotEncoder", Ml, [feature.Name], [Attribute("cats_strings", encoder.Categories), Attribute("zeros", 1L)]);
        return graph.Node("Reshape", "", [graph.Declare(indicators, 1, encoder.Width), graph.Constant(-1, encoder.Width)], []);
    }

    private static string Linear(GraphBuilder graph, string matrix, LinearModel model, Standardization standardization, string? output)
    {
        var columns = standardization.Means.Length;
        var centred = graph.Node("Sub", "", [matrix, graph.Constant(standardization.Means.AsSpan(), columns)], []);
        var scaled = graph.Node("Mul", "", [centred, graph.Constant(standardization.Scales.AsSpan(), columns)], []);
        var missing = graph.Node("IsNaN", "", [scaled], []);
        var complete = graph.Node("Where", "", [missing, graph.Constant([0f], 1), scaled], []);
        var product = graph.Node("MatMul", "", [complete, graph.Constant(model.Weights.AsSpan(), columns, model.Outputs)], []);
        return graph.Node("Add", "", [product, graph.Constant(model.BaseMargins.AsSpan(), model.Outputs)], [], output);
    }
}
