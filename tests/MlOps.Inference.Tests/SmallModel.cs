using Google.Protobuf;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Inference.Onnx;
using AttributeType = MlOps.Inference.Onnx.AttributeProto.Types.AttributeType;
using DataType = MlOps.Inference.Onnx.TensorProto.Types.DataType;

namespace MlOps.Inference.Tests;

/// <summary>A model small enough to know by heart: the answer is the number plus the town's value (A: 0.25, B: 0.5, other: 0).</summary>
internal static class SmallModel
{
    public static ModelSignature Signature(LearningTask task = LearningTask.Regression) => new()
    {
        Inputs = [new("size (mm)", "size", FeatureKind.Number), new("town", "town", FeatureKind.Category)],
        Task = task,
        Classes = task is LearningTask.Binary ? ["false", "true"] : [],
    };

    public static FeatureBatch Batch(float[] sizes, string[] towns) =>
        new(sizes.Length, [new NumberColumn("size (mm)", sizes), new CategoryColumn("town", towns)]);

    public static OnnxModel Load(LearningTask task = LearningTask.Regression) => OnnxModel.Load(Proto().ToByteArray(), "small.onnx", Signature(task));

    public static ModelProto Proto()
    {
        var encoder = new NodeProto { OpType = "LabelEncoder", Domain = "ai.onnx.ml", Input = { "town" }, Output = { "value" } };
        encoder.Attribute.Add(new AttributeProto { Name = "keys_strings", Type = AttributeType.Strings, Strings = { ByteString.CopyFromUtf8("A"), ByteString.CopyFromUtf8("B") } });
        encoder.Attribute.Add(new AttributeProto { Name = "values_floats", Type = AttributeType.Floats, Floats = { 0.25f, 0.5f } });
        encoder.Attribute.Add(new AttributeProto { Name = "default_float", Type = AttributeType.Float });
        var sum = new NodeProto { OpType = "Add", Input = { "size (mm)", "value" }, Output = { "prediction" } };
        return new()
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Version = 17 }, new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 3 } },
            Graph = new GraphProto
            {
                Name = "small",
                Node = { encoder, sum },
                Input = { Value("size (mm)", DataType.Float, 1), Value("town", DataType.String, 1) },
                Output = { Value("prediction", DataType.Float, 1) },
            },
        };
    }

    public static ValueInfoProto Value(string name, DataType type, long width) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)type,
                Shape = new TensorShapeProto
                {
                    Dim = { new TensorShapeProto.Types.Dimension { DimParam = "n" }, new TensorShapeProto.Types.Dimension { DimValue = width } },
                },
            },
        },
    };
}
