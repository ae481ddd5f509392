using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Evaluation;

namespace MlOps.Core.Tests.Evaluation;

public sealed class BinaryMetricsTests
{
    // scikit-learn's own example of roc_auc_score.
    private static readonly float[] s_probabilities = [0.1f, 0.4f, 0.35f, 0.8f];
    private static readonly float[] s_labels = [0, 0, 1, 1];

    [Fact]
    public void Auc_of_four_rows_by_hand() => Assert.Equal(0.75, BinaryMetrics.Auc(s_probabilities, s_labels));

    [Fact]
    public void Auc_counts_pairs_with_ties_as_half() => Prop.ForAll(BinarySample.Arbitrary, sample =>
    {
        if (!sample.HasBothClasses) return double.IsNaN(BinaryMetrics.Auc(sample.Probabilities, sample.Labels));
        var (won, pairs) = (0.0, 0);
        for (var p = 0; p < sample.Labels.Length; p++)
        {
            for (var n = 0; n < sample.Labels.Length; n++)
            {
                if (sample.Labels[p] != 1 || sample.Labels[n] != 0) continue;
                pairs++;
                won += sample.Probabilities[p] > sample.Probabilities[n] ? 1 : sample.Probabilities[p] == sample.Probabilities[n] ? 0.5 : 0;
            }
        }
        return Math.Abs(won / pairs - BinaryMetrics.Auc(sample.Probabilities, sample.Labels)) < 1e-12;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Auc_does_not_change_under_an_increasing_transform() => Prop.ForAll(BinarySample.Arbitrary, sample =>
        BinaryMetrics.Auc([.. sample.Probabilities.Select(p => p * p * 0.5f + 0.1f)], sample.Labels)
            .Equals(BinaryMetrics.Auc(sample.Probabilities, sample.Labels))).QuickCheckThrowOnFailure();

    [Fact]
    public void Auc_of_swapped_classes_is_the_rest_to_one() => Prop.ForAll(BinarySample.Arbitrary, sample =>
        !sample.HasBothClasses || Math.Abs(
            BinaryMetrics.Auc(sample.Probabilities, [.. sample.Labels.Select(l => 1 - l)]) + BinaryMetrics.Auc(sample.Probabilities, sample.Labels) - 1) < 1e-12)
        .QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_of_rows_does_not_matter() => Prop.ForAll(BinarySample.Arbitrary, sample =>
    {
        float[] probabilities = [.. sample.Probabilities.Reverse()], labels = [.. sample.Labels.Reverse()];
        return BinaryMetrics.Auc(probabilities, labels).Equals(BinaryMetrics.Auc(sample.Probabilities, sample.Labels))
            && Math.Abs(BinaryMetrics.LogLoss(probabilities, labels) - BinaryMetrics.LogLoss(sample.Probabilities, sample.Labels)) < 1e-12
            && Math.Abs(BinaryMetrics.Brier(probabilities, labels) - BinaryMetrics.Brier(sample.Probabilities, sample.Labels)) < 1e-12
            && BinaryMetrics.Confusion(probabilities, labels) == BinaryMetrics.Confusion(sample.Probabilities, sample.Labels);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Minus_zero_ties_with_zero() => Assert.Equal(0.5, BinaryMetrics.Auc([-0f, 0f], [1, 0]));

    [Fact]
    public void LogLoss_by_hand() =>
        Assert.Equal(-(Math.Log(1 - (double)0.1f) + Math.Log(0.75)) / 2, BinaryMetrics.LogLoss([0.1f, 0.75f], [0, 1]), 12);

    [Fact]
    public void LogLoss_of_a_sure_and_wrong_answer_is_finite() =>
        Assert.Equal(-Math.Log(1.1920929e-7f), BinaryMetrics.LogLoss([0f], [1]), 9);

    [Fact]
    public void Brier_by_hand() => Assert.Equal((0.0625 + 0.25) / 2, BinaryMetrics.Brier([0.25f, 0.5f], [0, 1]), 12);

    [Fact]
    public void Counts_at_one_half_by_hand()
    {
        // One each: true positive (at exactly 0.5), false positive, false negative, and two true negatives.
        float[] probabilities = [0.5f, 0.9f, 0.2f, 0.1f, 0.3f], labels = [1, 0, 1, 0, 0];
        Assert.Equal(new(1, 1, 1, 2), BinaryMetrics.Confusion(probabilities, labels));
        Assert.Equal(0.6, BinaryMetrics.Accuracy(probabilities, labels), 12);
        Assert.Equal(0.5, BinaryMetrics.Precision(probabilities, labels));
        Assert.Equal(0.5, BinaryMetrics.Recall(probabilities, labels));
        Assert.Equal(0.5, BinaryMetrics.F1(probabilities, labels));
    }

    [Fact]
    public void Nothing_predicted_positive_gives_zero_and_not_NaN()
    {
        Assert.Equal(0, BinaryMetrics.Precision([0.1f], [1]));
        Assert.Equal(0, BinaryMetrics.F1([0.1f], [0]));
    }

    [Theory]
    [InlineData(float.NaN, 1, "Row 1: probability")]
    [InlineData(1.5f, 1, "Row 1: probability 1.5 is not in [0, 1]")]
    [InlineData(0.5f, 2, "Row 1: label 2 is neither 0 nor 1")]
    public void A_row_that_makes_no_sense_is_named(float probability, float label, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => BinaryMetrics.Auc([0.5f, probability], [0, label])).Message);

    [Fact]
    public void Lengths_must_agree() =>
        Assert.Contains("2 labels need 2 predictions", Assert.Throws<ArgumentException>(() => BinaryMetrics.Brier([0.5f], [0, 1])).Message);
}
