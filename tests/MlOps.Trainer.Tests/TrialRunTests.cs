using System.Text.Json;
using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Inference;

namespace MlOps.Trainer.Tests;

public sealed class TrialRunTests
{
    [Fact]
    public void A_trial_leaves_model_signature_and_metrics_that_agree()
    {
        using var folder = new TemporaryFolder();
        var validation = SyntheticTrial.Validation(LearningTask.Binary);
        TrialRun.Run(
            SyntheticTrial.Spec(LearningTask.Binary, ("rounds", "20")), SyntheticTrial.Train(LearningTask.Binary), validation, folder.Path, new TrainingProgress(TextWriter.Null));

        Assert.Equal(["metrics.json", "model.onnx", "signature.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        var signature = JsonSerializer.Deserialize<ModelSignature>(File.ReadAllText(folder["signature.json"]), MlOpsJson.Compact)!;
        var metrics = JsonSerializer.Deserialize<TrialMetrics>(File.ReadAllText(folder["metrics.json"]), MlOpsJson.Compact)!;
        using var model = OnnxModel.Load(folder["model.onnx"], signature);
        var auc = BinaryMetrics.Auc(model.Score(validation.Features), validation.Labels);
        Assert.Equal(auc, metrics.Validation["auc"], 4);
        Assert.True(auc > 0.8, $"The labels follow the features, yet the AUC is {auc}.");
        Assert.Equal((20, 2000, 1000), (metrics.Rounds, metrics.TrainRows, metrics.ValidationRows));
        Assert.Equal(1, metrics.Importance.Values.Sum(), 6);
        Assert.True(metrics.PeakMemoryBytes > 0);
    }

    [Fact]
    public void The_same_trial_gives_the_same_bytes()
    {
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        foreach (var folder in (TemporaryFolder[])[first, second])
        {
            TrialRun.Run(
                SyntheticTrial.Spec(LearningTask.Multiclass, ("rounds", "5"), ("subsample", "0.7")),
                SyntheticTrial.Train(LearningTask.Multiclass), SyntheticTrial.Validation(LearningTask.Multiclass), folder.Path, new TrainingProgress(TextWriter.Null));
        }
        Assert.Equal(File.ReadAllBytes(first["model.onnx"]), File.ReadAllBytes(second["model.onnx"]));
    }

    [Fact]
    public void Progress_is_one_JSON_object_a_line()
    {
        using var folder = new TemporaryFolder();
        var output = new StringWriter();
        TrialRun.Run(
            SyntheticTrial.Spec(LearningTask.Regression, ("rounds", "40")), SyntheticTrial.Train(LearningTask.Regression),
            SyntheticTrial.Validation(LearningTask.Regression), folder.Path, new TrainingProgress(output));
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        var events = lines.Select(l => l.GetProperty("event").GetString()!).ToArray();
        Assert.Equal(["loaded", "round"], events[..2]);
        Assert.Equal(["round", "exported", "done"], events[^3..]);
        var last = lines[^3];
        Assert.Equal((40, 40, "rmse"), (last.GetProperty("round").GetInt32(), last.GetProperty("rounds").GetInt32(), last.GetProperty("metric").GetString()));
    }

    [Fact]
    public void Early_stopping_keeps_the_best_round()
    {
        using var folder = new TemporaryFolder();
        var output = new StringWriter();
        // Few rows and a high rate of learning: it overfits soon.
        var metrics = TrialRun.Run(
            SyntheticTrial.Spec(LearningTask.Binary, ("rounds", "200"), ("eta", "1"), ("early_stopping_rounds", "5")) with { Metric = MetricNames.LogLoss, Maximize = false },
            SyntheticTrial.Train(LearningTask.Binary, 300), SyntheticTrial.Validation(LearningTask.Binary), folder.Path, new TrainingProgress(output));
        var stopped = output.ToString().Split('\n').Select(l => l.Trim()).Single(l => l.Contains("\"stopped\"", StringComparison.Ordinal));
        var line = JsonDocument.Parse(stopped).RootElement;
        Assert.Equal(metrics.Rounds, line.GetProperty("bestRound").GetInt32());
        Assert.Equal(metrics.Rounds + 5, line.GetProperty("round").GetInt32());
        Assert.Equal(metrics.Validation["logLoss"], line.GetProperty("value").GetDouble(), 9);
    }

    [Fact]
    public void A_category_encoded_out_of_fold_trains_on_the_numbers_given()
    {
        using var folder = new TemporaryFolder();
        var train = SyntheticTrial.Train(LearningTask.Binary);
        // The given numbers tell nothing, so the feature cannot gain.
        var columns = train.Features.Columns.Select(c => c.Name == "town" ? new NumberColumn("town", new float[train.Rows]) : c);
        var metrics = TrialRun.Run(
            SyntheticTrial.Spec(LearningTask.Binary, ("rounds", "5")), train with { Features = new(train.Rows, [.. columns]) },
            SyntheticTrial.Validation(LearningTask.Binary), folder.Path, new TrainingProgress(TextWriter.Null));
        Assert.Equal(0, metrics.Importance["town"]);
        Assert.True(metrics.Importance["whole number"] > 0);
    }

    [Theory]
    [InlineData("max_dept", "6", "'max_dept' is no parameter of trainer xgboost. Did you mean 'max_depth'?")]
    [InlineData("learning_rate", "0.1", "'learning_rate' is no parameter of trainer xgboost. Here it is 'eta'.")]
    [InlineData("max_depth", "six", "max_depth")]
    [InlineData("rounds", "0", "parameter 'rounds' is '0'; it must be a whole number from 1 to 100000")]
    [InlineData("booster", "gbtee", "Did you mean 'gbtree'?")]
    [InlineData("objective", "reg:squarederror", "which is not for a binary label.")]
    [InlineData("updater", "shotgun", "booster gbtree has no parameter 'updater'")]
    public void A_parameter_that_cannot_be_is_named(string name, string value, string message)
    {
        using var folder = new TemporaryFolder();
        var failure = Assert.Throws<TrainerInputException>(() => Run(SyntheticTrial.Spec(LearningTask.Binary, (name, value)), folder));
        Assert.Contains(message, failure.Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Every_parameter_that_a_pipeline_may_name_is_one_that_XGBoost_knows()
    {
        foreach (var booster in (string[])["gbtree", "forest", "gblinear"])
        {
            var parameters = XGBoostFormat.Of(booster)
                // Version 1.7 has no device, and the two last belong to other objectives.
                .Where(p => p.Name is not ("booster" or "objective" or "base_score" or "device" or "huber_slope" or "tweedie_variance_power"))
                .Select(p => (p.Name, p.Kind is TrainerParameterKind.Word ? p.Words[0] : p.Name is "rounds" ? "2" : p.Max is 1 ? "0.5" : "4"));
            using var folder = new TemporaryFolder();
            var warnings = CapturedErrors(() => Run(SyntheticTrial.Spec(LearningTask.Binary, [("booster", booster), .. parameters]), folder));
            // XGBoost says so where a parameter has no effect.
            Assert.DoesNotContain("not used", warnings);
        }
    }

    [Fact]
    public void A_label_of_one_class_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var train = SyntheticTrial.Train(LearningTask.Binary);
        Array.Fill(train.Labels, 1);
        var failure = Assert.Throws<TrainerInputException>(() => Run(SyntheticTrial.Spec(LearningTask.Binary), folder, train));
        Assert.Contains("label 'y' is 'true' in all 2000 rows", failure.Message);
    }

    [Theory]
    [InlineData(float.NaN, "row 3: label 'y' is missing")]
    [InlineData(2, "row 3: label 'y' is 2; it must be a class index from 0 to 1")]
    public void A_label_that_is_none_is_named_with_its_row(float label, string message)
    {
        using var folder = new TemporaryFolder();
        var train = SyntheticTrial.Train(LearningTask.Binary);
        train.Labels[2] = label;
        Assert.Contains(message, Assert.Throws<TrainerInputException>(() => Run(SyntheticTrial.Spec(LearningTask.Binary), folder, train)).Message);
    }

    [Fact]
    public void An_infinite_feature_is_named_with_its_row()
    {
        using var folder = new TemporaryFolder();
        var train = SyntheticTrial.Train(LearningTask.Binary);
        var values = ((NumberColumn)train.Features.Columns[1]).Values.ToArray();
        values[4] = float.PositiveInfinity;
        var columns = train.Features.Columns.Select(c => c.Name == "share (%)" ? new NumberColumn(c.Name, values) : c);
        var failure = Assert.Throws<TrainerInputException>(() => Run(SyntheticTrial.Spec(LearningTask.Binary), folder, train with { Features = new(train.Rows, [.. columns]) }));
        Assert.Contains("Feature 'share (%)', row 5: the value is infinite", failure.Message);
    }

    [Fact]
    public void A_metric_that_validation_cannot_give_is_refused()
    {
        using var folder = new TemporaryFolder();
        var validation = SyntheticTrial.Validation(LearningTask.Binary);
        Array.Fill(validation.Labels, 0);
        var failure = Assert.Throws<TrainerInputException>(() => TrialRun.Run(
            SyntheticTrial.Spec(LearningTask.Binary), SyntheticTrial.Train(LearningTask.Binary), validation, folder.Path, new TrainingProgress(TextWriter.Null)));
        Assert.Contains("metric 'auc' is undefined on these 1000 rows", failure.Message);
    }

    private static string CapturedErrors(Action action)
    {
        var (before, captured) = (Console.Error, new StringWriter());
        Console.SetError(captured);
        try
        {
            action();
        }
        finally
        {
            Console.SetError(before);
        }
        return captured.ToString();
    }

    private static void Run(TrialSpec spec, TemporaryFolder folder, Encoding.Examples? train = null) =>
        TrialRun.Run(spec, train ?? SyntheticTrial.Train(spec.Label.Task), SyntheticTrial.Validation(spec.Label.Task), folder.Path, new TrainingProgress(TextWriter.Null));
}
