using Google.Protobuf;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Inference.Onnx;
using DataType = MlOps.Inference.Onnx.TensorProto.Types.DataType;

namespace MlOps.Inference;

/// <summary>What is checked of an ONNX file before ONNX Runtime, which is native code, sees it.</summary>
internal static class ModelFile
{
    // Operators that come from ONNX itself or from ONNX Runtime; anything else would need native code of somebody else.
    private static readonly string[] s_domains = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

    /// <exception cref="OnnxModelException">The bytes are no ONNX model, refer to other files, or do not fit the signature.</exception>
    public static void Check(byte[] content, string name, ModelSignature signature)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(content);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new OnnxModelException(name, "is no ONNX model, or a part of one: its bytes do not parse. Export or copy it again.", e);
        }
        if (model.Graph is null || model.OpsetImport.Count == 0 || model.IrVersion < 3)
            throw new OnnxModelException(name, "is no ONNX model: it has no graph, no operator set or no IR version of 3 or later.");
        CheckDomains(model, name);
        if (ExternalData.FindIn(model) is { } tensor)
            throw new OnnxModelException(name, $"tensor '{tensor.Name}' keeps its data in another file. Only self-contained models are loaded: save it with its data inside.");
        CheckSignature(model.Graph, name, signature);
    }

    private static void CheckDomains(ModelProto model, string name)
    {
        if (model.OpsetImport.FirstOrDefault(o => !s_domains.Contains(o.Domain)) is { } foreign)
            throw new OnnxModelException(name, $"uses operators of '{foreign.Domain}', which need code that is not loaded here. Known: ai.onnx, ai.onnx.ml, com.microsoft.");
    }

    private static void CheckSignature(GraphProto graph, string name, ModelSignature signature)
    {
        // Up to IR version 3 constants are listed among the inputs, too.
        var constants = graph.Initializer.Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        var inputs = graph.Input.Where(i => !constants.Contains(i.Name)).ToDictionary(i => i.Name, StringComparer.Ordinal);
        foreach (var feature in signature.Inputs)
        {
            if (!inputs.Remove(feature.Name, out var input))
                throw new OnnxModelException(name, $"has no input '{feature.Name}', which its signature names. Its inputs: {string.Join(", ", graph.Input.Select(i => i.Name))}.");
            var expected = feature.Kind is FeatureKind.Number ? DataType.Float : DataType.String;
            CheckTensor(input, expected, 1, $"input '{feature.Name}'", name);
        }
        if (inputs.Count > 0) throw new OnnxModelException(name, $"has an input '{inputs.Keys.First()}' that its signature does not name.");
        var output = graph.Output.FirstOrDefault(o => o.Name == ModelSignature.OutputName) ?? throw new OnnxModelException(
            name, $"has no output '{ModelSignature.OutputName}'. Its outputs: {string.Join(", ", graph.Output.Select(o => o.Name))}.");
        CheckTensor(output, DataType.Float, signature.OutputWidth, $"output '{ModelSignature.OutputName}'", name);
    }

    private static void CheckTensor(ValueInfoProto value, DataType type, int width, string what, string name)
    {
        var tensor = value.Type?.TensorType;
        if (tensor is null || tensor.ElemType != (int)type)
            throw new OnnxModelException(name, $"{what} must be a tensor of {(type is DataType.Float ? "float32" : "text")}, it has ONNX element type {tensor?.ElemType ?? 0}.");
        // A shape that is left open is checked by the run.
        if (tensor.Shape is not { } shape) return;
        var open = shape.Dim.Count == 2 && shape.Dim[0].ValueCase is not TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue;
        var fits = shape.Dim.Count == 2 && (shape.Dim[1].ValueCase is not TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue || shape.Dim[1].DimValue == width);
        if (!open || !fits) throw new OnnxModelException(name, $"{what} must have shape [n, {width}] with n left open, it has [{Text(shape)}].");
    }

    private static string Text(TensorShapeProto shape) => string.Join(", ", shape.Dim.Select(d => d.ValueCase switch
    {
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue => $"{d.DimValue}",
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam => d.DimParam,
        _ => "?",
    }));
}
