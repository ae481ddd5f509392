using System.Runtime.InteropServices;
using Google.Protobuf;
using MlOps.Inference.Onnx;

namespace MlOps.Trainer.Export;

/// <summary>Puts an ONNX graph together: nodes in the order in which they are added, tensors by name.</summary>
internal sealed class GraphBuilder(string name)
{
    /// <summary>Operators of the machine-learning domain.</summary>
    public const string Ml = "ai.onnx.ml";

    // What ONNX 1.12 checks and all runtimes since ONNX Runtime 1.12 run.
    private const int IrVersion = 8, Opset = 17, MlOpset = 3;

    private readonly GraphProto _graph = new() { Name = name };
    private int _tensors;

    /// <summary>An input of shape [n, 1].</summary>
    public void Input(string name, TensorProto.Types.DataType type) => _graph.Input.Add(Value(name, type, 1));

    /// <summary>The output, float32 of shape [n, width].</summary>
    public void Output(string name, int width) => _graph.Output.Add(Value(name, TensorProto.Types.DataType.Float, width));

    /// <summary>A constant of float32 numbers.</summary>
    public string Constant(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        var tensor = new TensorProto { Name = NewName("constant"), DataType = (int)TensorProto.Types.DataType.Float };
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values));
        foreach (var size in shape) tensor.Dims.Add(size);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>A constant list of whole numbers.</summary>
    public string Constant(params ReadOnlySpan<long> values)
    {
        var tensor = new TensorProto { Name = NewName("constant"), DataType = (int)TensorProto.Types.DataType.Int64 };
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values));
        tensor.Dims.Add(values.Length);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>A node with one output.</summary>
    /// <returns>Name of its output.</returns>
    public string Node(string op, string domain, ReadOnlySpan<string> inputs, ReadOnlySpan<AttributeProto> attributes, string? output = null)
    {
        var node = new NodeProto { OpType = op, Domain = domain, Name = $"{op}_{_graph.Node.Count}" };
        foreach (var input in inputs) node.Input.Add(input);
        foreach (var attribute in attributes) node.Attribute.Add(attribute);
        node.Output.Add(output ?? NewName(op));
        _graph.Node.Add(node);
        return node.Output[0];
    }

    /// <summary>
    /// Says that a tensor is float32 of shape [n, …]: ONNX infers no types for the outputs of some machine-learning operators
    /// (of version 1.12: OneHotEncoder, TreeEnsembleRegressor), and strict checks need them.
    /// </summary>
    public string Declare(string name, params ReadOnlySpan<long> sizes)
    {
        _graph.ValueInfo.Add(Value(name, TensorProto.Types.DataType.Float, sizes));
        return name;
    }

    /// <summary>The graph as a model.</summary>
    public ModelProto Build(IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "mlops-trainer", ProducerVersion = Version, Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = Ml, Version = MlOpset });
        foreach (var (key, value) in metadata) model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    public static AttributeProto Attribute(string name, long value) => new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Attribute(string name, float value) => new() { Name = name, F = value, Type = AttributeProto.Types.AttributeType.Float };

    public static AttributeProto Attribute(string name, string value) =>
        new() { Name = name, S = ByteString.CopyFromUtf8(value), Type = AttributeProto.Types.AttributeType.String };

    public static AttributeProto Attribute(string name, IEnumerable<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    public static AttributeProto Attribute(string name, IEnumerable<float> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Floats };
        attribute.Floats.AddRange(values);
        return attribute;
    }

    public static AttributeProto Attribute(string name, IEnumerable<string> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Strings };
        attribute.Strings.AddRange(values.Select(ByteString.CopyFromUtf8));
        return attribute;
    }

    internal static string Version => typeof(GraphBuilder).Assembly.GetName().Version!.ToString(3);

    // Inner names begin with a character that the check of feature names keeps out.
    private string NewName(string kind) => $"\u00B7{kind}{_tensors++}";

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, params ReadOnlySpan<long> sizes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "n" });
        foreach (var size in sizes) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        return new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } } };
    }
}
