using Google.Protobuf;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Inference.Onnx;
using DataType = MlOps.Inference.Onnx.TensorProto.Types.DataType;

namespace MlOps.Inference.Tests;

public sealed class OnnxModelTests
{
    [Fact]
    public void Numbers_and_texts_are_scored_row_by_row()
    {
        using var model = SmallModel.Load();
        model.WarmUp();
        Assert.Equal([1.25f, 2.5f, 3f, float.NaN], model.Score(SmallModel.Batch([1, 2, 3, float.NaN], ["A", "B", "", "A"])));
    }

    [Fact]
    public async Task Many_threads_score_at_once()
    {
        using var model = SmallModel.Load();
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() =>
            Enumerable.Range(0, 50).All(j => model.Score(SmallModel.Batch([i + j], ["B"]))[0] == i + j + 0.5f))));
        Assert.All(answers, Assert.True);
    }

    [Fact]
    public async Task Disposal_lets_running_calls_finish_and_refuses_later_ones()
    {
        var model = SmallModel.Load();
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var batch = SmallModel.Batch(new float[1000], Enumerable.Repeat("A", 1000).ToArray());
            try
            {
                while (true) Assert.Equal(0.25f, model.Score(batch)[999]);
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        })).ToArray();
        await Task.Delay(20);
        model.Dispose();
        model.Dispose();
        Assert.All(await Task.WhenAll(workers), Assert.True);
    }

    [Fact]
    public void Columns_that_are_not_the_inputs_are_refused_by_name()
    {
        using var model = SmallModel.Load();
        var numbers = new NumberColumn("size (mm)", new float[1]);
        Assert.Contains("takes 2 features, the batch has 1", Refusal(model, numbers));
        Assert.Contains("Feature 2 of the batch is 'city', the model takes 'town' there", Refusal(model, numbers, new CategoryColumn("city", new[] { "A" })));
        Assert.Contains("Feature 'town' is a number in the batch, text for the model", Refusal(model, numbers, new NumberColumn("town", new float[1])));
        Assert.Contains("no row", Assert.Throws<ArgumentException>(() => model.Score(SmallModel.Batch([], []))).Message);
    }

    [Fact]
    public void A_file_that_is_no_model_is_refused()
    {
        Assert.Contains("nowhere.onnx: cannot be read", Assert.Throws<OnnxModelException>(() => OnnxModel.Load("nowhere.onnx", SmallModel.Signature())).Message);
        Assert.Contains("is no ONNX model", Refusal("PAR1 and so on"u8.ToArray()));
        Assert.Contains("is no ONNX model", Refusal([]));
    }

    [Fact]
    public void A_truncated_or_damaged_file_never_crashes_the_process()
    {
        var whole = SmallModel.Proto().ToByteArray();
        var truncated = Enumerable.Range(0, whole.Length).Select(length => whole[..length]);
        var flipped = Enumerable.Range(0, whole.Length).Select(i => whole.Select((b, j) => i == j ? (byte)(b ^ 0x55) : b).ToArray());
        var refused = 0;
        foreach (var damaged in truncated.Concat(flipped))
        {
            try
            {
                // Some damage changes a name or a value inside, and what is left is a model: then it must load and run.
                using var model = OnnxModel.Load(damaged, "small.onnx", SmallModel.Signature());
                Assert.Single(model.Score(SmallModel.Batch([1], ["A"])));
            }
            catch (OnnxModelException e)
            {
                Assert.StartsWith("small.onnx: ", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        Assert.InRange(refused, whole.Length, 2 * whole.Length);
    }

    [Fact]
    public void A_model_that_reads_other_files_is_refused()
    {
        var proto = SmallModel.Proto();
        proto.Graph.Initializer.Add(new TensorProto
        {
            Name = "secret",
            DataType = (int)DataType.Float,
            Dims = { 1 },
            DataLocation = TensorProto.Types.DataLocation.External,
            ExternalData = { new StringStringEntryProto { Key = "location", Value = "../../etc/passwd" } },
        });
        Assert.Contains("tensor 'secret' keeps its data in another file", Refusal(proto.ToByteArray()));
    }

    [Fact]
    public void A_tensor_hidden_in_a_branch_is_found()
    {
        var hidden = new TensorProto { Name = "hidden", DataType = 1, DataLocation = TensorProto.Types.DataLocation.External };
        var inner = new GraphProto { Name = "then", Node = { new NodeProto { OpType = "Constant", Attribute = { new AttributeProto { Name = "value", T = hidden } } } } };
        var proto = SmallModel.Proto();
        proto.Graph.Node.Add(new NodeProto { OpType = "If", Attribute = { new AttributeProto { Name = "then_branch", G = inner } } });
        Assert.Contains("tensor 'hidden'", Refusal(proto.ToByteArray()));
    }

    [Fact]
    public void Operators_of_somebody_else_are_refused()
    {
        var proto = SmallModel.Proto();
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "evil.example", Version = 1 });
        Assert.Contains("uses operators of 'evil.example'", Refusal(proto.ToByteArray()));
    }

    [Fact]
    public void An_operator_that_does_not_exist_is_a_clear_error()
    {
        var proto = SmallModel.Proto();
        proto.Graph.Node[1].OpType = "Addd";
        Assert.Contains("ONNX Runtime cannot load it", Refusal(proto.ToByteArray()));
    }

    [Fact]
    public void A_model_other_than_its_signature_says_is_refused()
    {
        var bytes = SmallModel.Proto().ToByteArray();
        var signature = SmallModel.Signature();
        Assert.Contains("has no input 'age', which its signature names. Its inputs: size (mm), town",
            Refusal(bytes, signature with { Inputs = [new("age", "age", FeatureKind.Number)] }));
        Assert.Contains("has an input 'town' that its signature does not name", Refusal(bytes, signature with { Inputs = [signature.Inputs[0]] }));
        Assert.Contains("input 'town' must be a tensor of float32",
            Refusal(bytes, signature with { Inputs = [signature.Inputs[0], signature.Inputs[1] with { Kind = FeatureKind.Number }] }));
        Assert.Contains("output 'prediction' must have shape [n, 3] with n left open, it has [n, 1]",
            Refusal(bytes, signature with { Task = LearningTask.Multiclass, Classes = ["a", "b", "c"] }));
        var proto = SmallModel.Proto();
        proto.Graph.Output[0].Name = "variable";
        Assert.Contains("has no output 'prediction'. Its outputs: variable", Refusal(proto.ToByteArray()));
    }

    private static string Refusal(byte[] content, ModelSignature? signature = null) =>
        Assert.Throws<OnnxModelException>(() => OnnxModel.Load(content, "small.onnx", signature ?? SmallModel.Signature())).Message;

    private static string Refusal(OnnxModel model, params FeatureColumn[] columns) =>
        Assert.Throws<ArgumentException>(() => model.Score(new FeatureBatch(1, columns))).Message;
}
