using MlOps.Inference.Onnx;

namespace MlOps.Inference;

/// <summary>Finds tensors that keep their data in other files: with them a model could read any file of this machine.</summary>
internal static class ExternalData
{
    /// <summary>The first such tensor, wherever in the model it is; <see langword="null"/> when there is none.</summary>
    public static TensorProto? FindIn(ModelProto model) =>
        TensorsOf(model.Graph)
            .Concat(model.TrainingInfo.SelectMany(t => TensorsOf(t.Initialization).Concat(TensorsOf(t.Algorithm))))
            .Concat(model.Functions.SelectMany(f => TensorsOf(f.Node).Concat(TensorsOf(f.AttributeProto))))
            .FirstOrDefault(t => t.DataLocation is not TensorProto.Types.DataLocation.Default || t.ExternalData.Count > 0);

    private static IEnumerable<TensorProto> TensorsOf(GraphProto? graph) => graph is null
        ? []
        : graph.Initializer.Concat(graph.SparseInitializer.SelectMany(TensorsOf)).Concat(TensorsOf(graph.Node));

    private static IEnumerable<TensorProto> TensorsOf(IEnumerable<NodeProto> nodes) => nodes.SelectMany(n => TensorsOf(n.Attribute));

    private static IEnumerable<TensorProto> TensorsOf(IEnumerable<AttributeProto> attributes) => attributes.SelectMany(a =>
        a.Tensors.Concat(One(a.T)).Concat(a.SparseTensors.Concat(One(a.SparseTensor)).SelectMany(TensorsOf))
            .Concat(a.Graphs.Concat(One(a.G)).SelectMany(TensorsOf)));

    private static IEnumerable<TensorProto> TensorsOf(SparseTensorProto sparse) => One(sparse.Values).Concat(One(sparse.Indices));

    private static IEnumerable<T> One<T>(T? item)
        where T : class => item is null ? [] : [item];
}
