using Google.Protobuf;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Inference;
using MlOps.Trainer.Encoding;
using MlOps.Trainer.Export;
using MlOps.Trainer.XGBoost;

namespace MlOps.Trainer.Tests.Export;

/// <summary>The exported graph answers what XGBoost itself answers, over 1,000 rows.</summary>
public sealed class ParityTests
{
    public static IEnumerable<object[]> Models =>
        from task in Enum.GetValues<LearningTask>() from booster in (string[])["gbtree", "forest", "gblinear"] select (object[])[task, booster];

    [Theory, MemberData(nameof(Models))]
    public void Onnx_answers_as_XGBoost_does_within_a_hundred_thousandth(LearningTask task, string booster)
    {
        var spec = SyntheticTrial.Spec(task, ("booster", booster), ("rounds", booster == "forest" ? "1" : "30"));
        AssertParity(spec, SyntheticTrial.Validation(task));
    }

    [Theory, MemberData(nameof(Models))]
    public void A_best_round_in_the_middle_is_cut_out_exactly(LearningTask task, string booster)
    {
        var spec = SyntheticTrial.Spec(task, ("booster", booster), ("rounds", "60"), ("early_stopping_rounds", "3"), ("eta", "0.9"), ("max_bin", "16"));
        if (booster == "gblinear") spec = spec with { Parameters = spec.Parameters.Where(p => p.Key != "max_bin").ToDictionary() };
        AssertParity(spec, SyntheticTrial.Validation(task));
    }

    [Theory]
    [InlineData("reg:absoluteerror")]
    [InlineData("reg:pseudohubererror")]
    [InlineData("reg:gamma")]
    [InlineData("reg:tweedie")]
    [InlineData("count:poisson")]
    public void Every_objective_of_regression_keeps_its_link(string objective)
    {
        var positive = SyntheticTrial.Train(LearningTask.Regression);
        for (var i = 0; i < positive.Labels.Length; i++) positive.Labels[i] = MathF.Abs(positive.Labels[i]) / 10 + 0.1f;
        AssertParity(SyntheticTrial.Spec(LearningTask.Regression, ("objective", objective), ("rounds", "20")), SyntheticTrial.Validation(LearningTask.Regression), positive);
    }

    [Theory]
    [InlineData("lossguide", "hist")]
    [InlineData("depthwise", "exact")]
    [InlineData("depthwise", "approx")]
    public void Every_way_to_grow_trees_is_exported(string policy, string method)
    {
        (string, string)[] parameters = method == "exact" ? [] : [("grow_policy", policy), ("max_leaves", "12")];
        AssertParity(
            SyntheticTrial.Spec(LearningTask.Binary, [("tree_method", method), ("gamma", "1"), ("rounds", "25"), .. parameters]), SyntheticTrial.Validation(LearningTask.Binary));
    }

    [Fact]
    public void A_tree_without_a_split_is_exported() =>
        AssertParity(SyntheticTrial.Spec(LearningTask.Binary, ("gamma", "1000000"), ("rounds", "3")), SyntheticTrial.Validation(LearningTask.Binary));

    [Theory]
    [InlineData(LearningTask.Binary)]
    [InlineData(LearningTask.Multiclass)]
    [InlineData(LearningTask.Regression)]
    public void Values_exactly_on_a_threshold_go_the_same_way(LearningTask task)
    {
        var spec = SyntheticTrial.Spec(task, ("rounds", "30"));
        var validation = SyntheticTrial.Validation(task);
        var first = Train(spec, validation);
        Place(first.Model, validation);
        // Validation does not touch the model without early stopping, so these are thresholds of the second training, too.
        Assert.Equal(Thresholds(first.Model, 0), Thresholds(Train(spec, validation).Model, 0));
        AssertParity(spec, validation);
    }

    private static void Place(TrainedModel model, Examples validation)
    {
        for (var c = 0; c < 2; c++)
        {
            var thresholds = Thresholds(model, c);
            Assert.NotEmpty(thresholds);
            var values = System.Runtime.InteropServices.MemoryMarshal.AsMemory(((NumberColumn)validation.Features.Columns[c]).Values).Span;
            for (var r = 0; r < values.Length; r++)
            {
                var threshold = thresholds[r % thresholds.Length];
                values[r] = (r % 4) switch { 0 => MathF.BitDecrement(threshold), 1 => MathF.BitIncrement(threshold), 2 => float.NaN, _ => threshold };
            }
        }
    }

    private static float[] Thresholds(TrainedModel model, int column) =>
        [.. ((TreeModel)model).Trees.SelectMany(t => t.Nodes).Where(n => n.Column == column).Select(n => n.Value).Distinct().Order()];

    private static TrainingResult Train(TrialSpec spec, Examples validation, Examples? train = null) => XGBoostTrainer.Train(
        spec, new(spec.Features, spec.Encoders), train ?? SyntheticTrial.Train(spec.Label.Task), validation, new TrainingProgress(TextWriter.Null));

    private static void AssertParity(TrialSpec spec, Examples validation, Examples? train = null)
    {
        var result = Train(spec, validation, train);
        var proto = OnnxExport.Create(spec, new(spec.Features, spec.Encoders), result.Model, result.Standardization);
        var signature = new ModelSignature { Inputs = spec.Features, Task = spec.Label.Task, Classes = spec.Label.Classes };
        using var model = OnnxModel.Load(proto.ToByteArray(), "model.onnx", signature);
        var check = GoldenCheck.Compare(model, validation.Features, result.ValidationPredictions, 1e-5);
        Assert.True(check.Passed, check.Detail);
        Assert.Equal(validation.Rows * signature.OutputWidth, result.ValidationPredictions.Length);
    }
}
