using MlOps.Core.Evaluation;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Monitoring.Estimation;

namespace MlOps.Monitoring.Tests.Estimation;

public class ConfidenceBasedEstimationTests
{
    private static readonly ModelSignature s_binary = new() { Inputs = [], Task = LearningTask.Binary, Classes = ["false", "true"] };

    [Fact]
    public void Isotonic_regression_pools_adjacent_violators()
    {
        // Barlow's textbook case by hand: 1, 0 violate and pool to 0.5; 0, 1, 1 pool from the left as 0, 1, 1 rise already.
        var fit = IsotonicRegression.Fit([1, 2, 3, 4, 5], [0, 1, 0, 1, 1]);
        Assert.Equal([0, 0.5, 0.5, 1, 1], new double[] { 1, 2, 3, 4, 5 }.Select(fit.At));
        Assert.Equal(0.25, fit.At(1.5));
        Assert.Equal((0, 1), (fit.At(-9), fit.At(99)));
    }

    [Fact]
    public void Equal_scores_are_one_point()
    {
        var fit = IsotonicRegression.Fit([0.5f, 0.5f, 0.5f, 0.5f], [0, 1, 1, 1]);
        Assert.Equal(0.75, fit.At(0.5));
    }

    [Fact]
    public void Where_only_the_inputs_change_the_estimate_meets_what_labels_show_later()
    {
        var random = new Random(3);
        var (scores, labels) = Draw(random, 20_000, low: 0, high: 1);
        var estimation = ConfidenceBasedEstimation.Fit(s_binary, scores, labels);
        // Later requests are the doubtful ones: the model is as honest as before, and less often right.
        var (later, hidden) = Draw(random, 10_000, low: 0.3, high: 0.7);
        var real = MetricSet.Create(LearningTask.Binary, [], 1).Compute(later, hidden);
        foreach (var (metric, (estimate, _)) in estimation.Estimate(later, seed: 1))
            Assert.InRange(estimate - real[metric], -0.03, 0.03);
        Assert.InRange(estimation.Estimate(later, 1)["auc"].Value, 0.55, 0.68);
    }

    [Fact]
    public void A_model_that_is_too_sure_of_itself_is_not_believed()
    {
        var random = new Random(5);
        var (scores, labels) = Draw(random, 20_000, 0, 1);
        // Pushed towards 0 and 1: the ranking stays, the promise does not.
        var bold = Array.ConvertAll(scores, s => s < 0.5f ? s / 4 : 1 - ((1 - s) / 4));
        var estimation = ConfidenceBasedEstimation.Fit(s_binary, bold.AsSpan(0, 10_000), labels.AsSpan(0, 10_000));
        var real = BinaryMetrics.Accuracy(bold.AsSpan(10_000), labels.AsSpan(10_000));
        var (accuracy, interval) = estimation.Estimate(bold.AsSpan(10_000), 1)["accuracy"];
        Assert.InRange(accuracy - real, -0.02, 0.02);
        Assert.True(interval.Low < accuracy && accuracy < interval.High && interval.High - interval.Low < 0.03);
        // What its own scores promise is far from it.
        Assert.True(bold[10_000..].Average(s => Math.Max(s, 1 - s)) - real > 0.05);
    }

    [Fact]
    public void Several_classes_are_estimated_too()
    {
        var signature = new ModelSignature { Inputs = [], Task = LearningTask.Multiclass, Classes = ["a", "b", "c"] };
        var random = new Random(11);
        var (scores, labels) = (new float[30_000], new float[10_000]);
        for (var row = 0; row < 10_000; row++)
        {
            var raw = Enumerable.Range(0, 3).Select(_ => random.NextDouble() + 0.05).ToArray();
            var chance = random.NextDouble() * raw.Sum();
            labels[row] = chance < raw[0] ? 0 : chance < raw[0] + raw[1] ? 1 : 2;
            for (var c = 0; c < 3; c++) scores[(row * 3) + c] = (float)(raw[c] / raw.Sum());
        }
        var estimation = ConfidenceBasedEstimation.Fit(signature, scores.AsSpan(0, 15_000), labels.AsSpan(0, 5_000));
        var real = MulticlassMetrics.Accuracy(scores.AsSpan(15_000), labels.AsSpan(5_000), 3);
        Assert.InRange(estimation.Estimate(scores.AsSpan(15_000), 1)["accuracy"].Value - real, -0.03, 0.03);
    }

    private static (float[] Scores, float[] Labels) Draw(Random random, int rows, double low, double high)
    {
        var (scores, labels) = (new float[rows], new float[rows]);
        for (var i = 0; i < rows; i++)
        {
            var p = low + (random.NextDouble() * (high - low));
            (scores[i], labels[i]) = ((float)p, random.NextDouble() < p ? 1 : 0);
        }
        return (scores, labels);
    }
}
