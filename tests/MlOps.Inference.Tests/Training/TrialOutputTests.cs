using System.Text.Json;
using Google.Protobuf;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Inference.Onnx;
using MlOps.Inference.Training;

namespace MlOps.Inference.Tests.Training;

public sealed class TrialOutputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlops-inference-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_complete_output_gives_its_metrics()
    {
        Write();
        Assert.Equal(0.5, TrialOutput.Read(_folder, Spec()).Validation["rmse"]);
    }

    [Theory]
    [InlineData("metrics.json", "metrics.json: the trainer left no such file. It is the marker")]
    [InlineData("signature.json", "signature.json: the trainer left no such file.")]
    [InlineData("model.onnx", "model.onnx: the trainer left no such file.")]
    public void A_missing_file_is_named(string file, string message)
    {
        Write();
        File.Delete(Path.Combine(_folder, file));
        Assert.StartsWith(message, Refusal(Spec()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_document_is_named_with_its_line()
    {
        Write();
        File.WriteAllText(Path.Combine(_folder, "metrics.json"), "{\n  \"validation\": 1 }");
        Assert.StartsWith("metrics.json:2:", Refusal(Spec()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_metric_of_the_search_must_be_there_and_finite()
    {
        Write(metrics: new() { Validation = new Dictionary<string, double> { ["mae"] = 1 } });
        Assert.Contains("'validation' holds no 'rmse', the search's metric; it holds mae.", Refusal(Spec()));
        Write(metrics: new() { Validation = new Dictionary<string, double> { ["rmse"] = double.NaN } });
        Assert.Contains("'rmse' is NaN", Refusal(Spec()));
    }

    [Fact]
    public void Importance_is_of_features()
    {
        Write(metrics: new() { Validation = new Dictionary<string, double> { ["rmse"] = 1 }, Importance = new Dictionary<string, double> { ["f0"] = 1 } });
        Assert.Contains("'importance' names 'f0', which is no feature. The features: size (mm), town.", Refusal(Spec()));
    }

    [Fact]
    public void The_signature_is_that_of_the_specification()
    {
        Write(signature: SmallModel.Signature(LearningTask.Binary));
        Assert.Contains("'task' is Binary, the label is Regression", Refusal(Spec()));
        Write(signature: SmallModel.Signature() with { Inputs = [.. SmallModel.Signature().Inputs.Reverse()] });
        Assert.Contains("'inputs' are town, size (mm); the features are size (mm), town", Refusal(Spec()));
        Write(signature: SmallModel.Signature(LearningTask.Binary) with { Classes = ["no", "yes"] });
        Assert.Contains("'classes' are no, yes; the label's are false, true", Refusal(Spec(LearningTask.Binary)));
    }

    [Fact]
    public void A_damaged_model_is_named()
    {
        Write();
        File.WriteAllText(Path.Combine(_folder, "model.onnx"), "not a model");
        Assert.StartsWith("model.onnx: is no ONNX model", Refusal(Spec()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_must_expect_missing_values()
    {
        // The small model adds: a missing number makes its answer missing.
        Write(replaceMissing: false);
        Assert.Contains("answers NaN for a row of zeros or missing values", Refusal(Spec()));
    }

    [Fact]
    public void A_model_that_answers_no_probabilities_is_refused()
    {
        Write(signature: SmallModel.Signature(LearningTask.Binary), shift: 3, metrics: new() { Validation = new Dictionary<string, double> { ["auc"] = 0.9 } });
        Assert.Contains("answers 3, which is no probability", Refusal(Spec(LearningTask.Binary)));
    }

    private string Refusal(TrialSpec spec) => Assert.Throws<TrialOutputException>(() => TrialOutput.Read(_folder, spec)).Message;

    private void Write(TrialMetrics? metrics = null, ModelSignature? signature = null, bool replaceMissing = true, float shift = 0)
    {
        metrics ??= new() { Validation = new Dictionary<string, double> { ["rmse"] = 0.5, ["auc"] = 0.5 } };
        File.WriteAllText(Path.Combine(_folder, "metrics.json"), JsonSerializer.Serialize(metrics, MlOpsJson.Indented));
        File.WriteAllText(Path.Combine(_folder, "signature.json"), JsonSerializer.Serialize(signature ?? SmallModel.Signature(), MlOpsJson.Indented));
        var model = SmallModel.Proto();
        if (replaceMissing)
        {
            // prediction = where(isnan(sum), shift, sum + shift)
            var graph = model.Graph;
            graph.Node[1].Output[0] = "sum";
            graph.Initializer.Add(new TensorProto { Name = "shift", DataType = 1, Dims = { 1 }, FloatData = { shift } });
            graph.Node.Add(new NodeProto { OpType = "IsNaN", Input = { "sum" }, Output = { "missing" } });
            graph.Node.Add(new NodeProto { OpType = "Add", Input = { "sum", "shift" }, Output = { "shifted" } });
            graph.Node.Add(new NodeProto { OpType = "Where", Input = { "missing", "shift", "shifted" }, Output = { "prediction" } });
        }
        File.WriteAllBytes(Path.Combine(_folder, "model.onnx"), model.ToByteArray());
    }

    private static TrialSpec Spec(LearningTask task = LearningTask.Regression) => new()
    {
        RunId = "run-1",
        Trial = 1,
        Trainer = "command",
        Parameters = new Dictionary<string, string>(),
        Features = SmallModel.Signature().Inputs,
        Encoders = [],
        Label = new("y", "y", task, SmallModel.Signature(task).Classes),
        Metric = task is LearningTask.Binary ? "auc" : "rmse",
        Maximize = task is LearningTask.Binary,
    };
}
