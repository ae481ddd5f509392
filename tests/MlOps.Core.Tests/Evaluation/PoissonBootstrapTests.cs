using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Evaluation;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Evaluation;

public sealed class PoissonBootstrapTests
{
    [Fact]
    public void Weights_of_a_binary_sample_mean_repeated_rows() => Prop.ForAll(BinarySample.Arbitrary, sample =>
    {
        // The resample holds its rows by score, then label: in that order a weight belongs to a known row.
        var rows = sample.Probabilities.Zip(sample.Labels).OrderBy(r => r.First).ThenBy(r => r.Second).ToArray();
        var weights = rows.Select((_, i) => (byte)(1 + i % 3)).ToArray();
        var repeated = rows.SelectMany((row, i) => Enumerable.Repeat(row, weights[i])).ToArray();
        return Same(
            new BinaryResample(sample.Probabilities, sample.Labels).Measure(weights),
            MetricSet.Create(LearningTask.Binary, [], 1).Compute([.. repeated.Select(r => r.First)], [.. repeated.Select(r => r.Second)]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Weights_of_a_multiclass_sample_mean_repeated_rows() => Prop.ForAll(ClassSample.Arbitrary, sample =>
    {
        var weights = sample.Labels.Select((_, i) => (byte)(1 + i % 3)).ToArray();
        var repeated = weights.SelectMany((w, i) => Enumerable.Repeat(i, w)).ToArray();
        return Same(
            new MulticlassResample(sample.Probabilities, sample.Labels, sample.Classes).Measure(weights),
            MetricSet.Create(LearningTask.Multiclass, [], sample.Classes).Compute(
                [.. repeated.SelectMany(i => sample.Probabilities.Skip(i * sample.Classes).Take(sample.Classes))], [.. repeated.Select(i => sample.Labels[i])]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Weights_of_a_regression_sample_mean_repeated_rows() => Prop.ForAll(ValueSample.Arbitrary, sample =>
    {
        var weights = sample.Labels.Select((_, i) => (byte)(1 + i % 3)).ToArray();
        var repeated = weights.SelectMany((w, i) => Enumerable.Repeat(i, w)).ToArray();
        return Same(
            new RegressionResample(sample.Predictions, sample.Labels).Measure(weights),
            MetricSet.Create(LearningTask.Regression, [], 1).Compute([.. repeated.Select(i => sample.Predictions[i])], [.. repeated.Select(i => sample.Labels[i])]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_another_seed_another()
    {
        var (probabilities, labels) = Rows(500);
        var metrics = MetricSet.Create(LearningTask.Binary, [], 1);
        Assert.Equal(metrics.Intervals(probabilities, labels, 7), metrics.Intervals(probabilities, labels, 7));
        Assert.NotEqual(metrics.Intervals(probabilities, labels, 7), metrics.Intervals(probabilities, labels, 8));
    }

    [Fact]
    public void The_interval_of_a_mean_is_as_wide_as_theory_says()
    {
        // A share p of n rows has a standard error of sqrt(p (1 - p) / n), and a 95 % interval of 3.92 of those.
        var labels = Enumerable.Range(0, 4000).Select(i => i % 4 == 0 ? 1f : 0f).ToArray();
        var interval = MetricSet.Create(LearningTask.Binary, ["accuracy"], 1).Intervals(new float[4000], labels, 1, 2000)["accuracy"];
        Assert.InRange(interval.High - interval.Low, 0.9 * 3.92 * Math.Sqrt(0.75 * 0.25 / 4000), 1.1 * 3.92 * Math.Sqrt(0.75 * 0.25 / 4000));
        Assert.InRange((interval.High + interval.Low) / 2, 0.747, 0.753);
    }

    [Fact]
    public void The_interval_of_the_AUC_is_as_wide_as_theory_says()
    {
        // Hanley and McNeil (1982), formula 2, for exponential scores; it is an approximation, hence the wide bounds.
        var (probabilities, labels) = Rows(4000);
        var auc = BinaryMetrics.Auc(probabilities, labels);
        var (positives, negatives) = (labels.Count(l => l == 1), labels.Count(l => l == 0));
        var (q1, q2) = (auc / (2 - auc), 2 * auc * auc / (1 + auc));
        var error = Math.Sqrt((auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc)) / ((double)positives * negatives));
        var interval = MetricSet.Create(LearningTask.Binary, ["auc"], 1).Intervals(probabilities, labels, 1, 1000)["auc"];
        Assert.InRange(interval.High - interval.Low, 0.8 * 3.92 * error, 1.2 * 3.92 * error);
        Assert.InRange(auc, interval.Low, interval.High);
    }

    [Fact]
    public void An_undefined_metric_has_no_interval() =>
        Assert.DoesNotContain("auc", MetricSet.Create(LearningTask.Binary, ["auc", "brier"], 1).Intervals([0.5f, 0.4f], [1, 1], 1).Keys);

    private static (float[] Probabilities, float[] Labels) Rows(int count)
    {
        var random = new Random(1);
        var probabilities = Enumerable.Range(0, count).Select(_ => random.NextSingle()).ToArray();
        return (probabilities, [.. probabilities.Select(p => random.NextSingle() < p ? 1f : 0f)]);
    }

    private static bool Same(IReadOnlyDictionary<string, double> actual, IReadOnlyDictionary<string, double> expected) =>
        actual.Count == expected.Count && expected.All(e => double.IsNaN(e.Value) ? !double.IsFinite(actual[e.Key]) : Math.Abs(actual[e.Key] - e.Value) < 1e-9);
}
