using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Inference.Evaluation;

namespace MlOps.Inference.Tests.Evaluation;

public sealed class ModelEvaluatorTests
{
    [Fact]
    public void A_report_holds_metrics_intervals_slices_calibration_confusion_and_latency()
    {
        using var model = SmallModel.Load(LearningTask.Binary);
        var report = ModelEvaluator.Evaluate(model, Batches(), new() { MinSliceRows = 1 }, CancellationToken.None);

        // Predictions 0.25 0.5 0.25 0.5 0.75 0.5 for labels 0 1 1 0 1 1.
        Assert.Equal(6, report.Rows);
        Assert.Equal(4.0 / 6, report.Metrics["accuracy"], 12);
        Assert.Equal((0.5 + 1 + 0 + 0.5 + 1 + 1 + 0.5 + 1) / 8, report.Metrics["auc"], 12);
        Assert.InRange(report.Metrics["auc"], report.Intervals["auc"].Low, report.Intervals["auc"].High);
        Assert.Equal([("town", "A", 3L), ("town", "B", 3L)], report.Slices.Select(s => (s.Slice, s.Value, s.Rows)));
        Assert.Equal(2.0 / 3, report.Slices[1].Metrics["accuracy"], 12);
        Assert.Equal([(0.2, 2L, 0.25, 0.5), (0.5, 3L, 0.5, 2.0 / 3), (0.7, 1L, 0.75, 1.0)],
            report.Calibration.Select(b => (b.Low, b.Rows, b.MeanPrediction, b.PositiveShare)));
        Assert.Equal([[1, 1], [1, 3]], report.Confusion!.Counts);
        Assert.True(report.LatencyP50 > 0 && report.LatencyP99 >= report.LatencyP50);
    }

    [Fact]
    public void How_rows_are_cut_into_batches_does_not_matter()
    {
        using var model = SmallModel.Load(LearningTask.Binary);
        var options = new EvaluationOptions { LatencyCalls = 0, MinSliceRows = 1 };
        var whole = ModelEvaluator.Evaluate(model, [Batch([0f, 0, 0, 0, 0.5f, 0], ["A", "B", "A", "B", "A", "B"], [0, 1, 1, 0, 1, 1])], options, CancellationToken.None);
        var parts = ModelEvaluator.Evaluate(model, Batches(), options, CancellationToken.None);
        Assert.Equal(whole.Metrics, parts.Metrics);
        Assert.Equal(whole.Intervals, parts.Intervals);
        Assert.Equal(whole.Slices.Select(s => s.Metrics), parts.Slices.Select(s => s.Metrics));
    }

    [Fact]
    public void Small_slices_are_left_out()
    {
        using var model = SmallModel.Load(LearningTask.Binary);
        Assert.Empty(ModelEvaluator.Evaluate(model, Batches(), new() { LatencyCalls = 0, MinSliceRows = 4 }, CancellationToken.None).Slices);
    }

    [Fact]
    public void Only_the_values_with_the_most_rows_are_reported()
    {
        using var model = SmallModel.Load(LearningTask.Binary);
        var batch = Batch([0, 0, 0, 0], ["A", "B", "B", "B"], [0, 1, 0, 1]);
        var report = ModelEvaluator.Evaluate(model, [batch], new() { LatencyCalls = 0, MinSliceRows = 1, MaxSliceValues = 1 }, CancellationToken.None);
        Assert.Equal("B", Assert.Single(report.Slices).Value);
    }

    [Fact]
    public void Regression_has_neither_calibration_nor_confusion()
    {
        using var model = SmallModel.Load();
        var report = ModelEvaluator.Evaluate(model, [Batch([1, 2], ["A", "B"], [1, 3])], new() { LatencyCalls = 0 }, CancellationToken.None);
        Assert.Equal(["rmse", "mae", "r2"], report.Metrics.Keys);
        Assert.Equal((0.25 + 0.5) / 2, report.Metrics["mae"], 12);
        Assert.Empty(report.Calibration);
        Assert.Null(report.Confusion);
    }

    [Fact]
    public void Bad_batches_are_refused()
    {
        using var model = SmallModel.Load(LearningTask.Binary);
        Assert.Contains("no rows", Refusal(model));
        Assert.Contains("2 rows has 1 labels", Refusal(model, new EvaluationBatch(SmallModel.Batch([1, 2], ["A", "B"]), new float[1], [])));
        Assert.Contains("same slices", Refusal(model, Batches()[0], Batches()[1] with { Slices = [] }));
    }

    private static string Refusal(OnnxModel model, params EvaluationBatch[] batches) =>
        Assert.Throws<ArgumentException>(() => ModelEvaluator.Evaluate(model, batches, null, CancellationToken.None)).Message;

    private static EvaluationBatch[] Batches() =>
        [Batch([0, 0, 0], ["A", "B", "A"], [0, 1, 1]), Batch([0, 0.5f, 0], ["B", "A", "B"], [0, 1, 1])];

    private static EvaluationBatch Batch(float[] sizes, string[] towns, float[] labels) =>
        new(SmallModel.Batch(sizes, towns), labels, [new CategoryColumn("town", towns)]);
}
