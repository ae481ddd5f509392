using MlOps.Core.Evaluation;

namespace MlOps.Core.Tests.Evaluation;

public sealed class MulticlassMetricsTests
{
    // Five rows, three classes; predicted 0, 0, 1, 2, 0 where 0, 1, 1, 2, 2 is true.
    private static readonly float[] s_probabilities =
    [
        0.5f, 0.25f, 0.25f,
        0.5f, 0.25f, 0.25f,
        0.25f, 0.5f, 0.25f,
        0.25f, 0.25f, 0.5f,
        0.5f, 0.25f, 0.25f,
    ];

    private static readonly float[] s_labels = [0, 1, 1, 2, 2];

    [Fact]
    public void Confusion_has_a_row_an_actual_class() =>
        Assert.Equal([1, 0, 0, 1, 1, 0, 1, 0, 1], MulticlassMetrics.Confusion(s_probabilities, s_labels, 3));

    [Fact]
    public void Macro_averages_by_hand()
    {
        Assert.Equal(3.0 / 5, MulticlassMetrics.Accuracy(s_probabilities, s_labels, 3), 12);
        Assert.Equal((1.0 / 3 + 1 + 1) / 3, MulticlassMetrics.Precision(s_probabilities, s_labels, 3), 12);
        Assert.Equal((1 + 0.5 + 0.5) / 3, MulticlassMetrics.Recall(s_probabilities, s_labels, 3), 12);
        Assert.Equal((0.5 + 2.0 / 3 + 2.0 / 3) / 3, MulticlassMetrics.F1(s_probabilities, s_labels, 3), 12);
    }

    [Fact]
    public void LogLoss_by_hand() =>
        Assert.Equal(-(3 * Math.Log(0.5) + 2 * Math.Log(0.25)) / 5, MulticlassMetrics.LogLoss(s_probabilities, s_labels, 3), 12);

    [Fact]
    public void A_class_that_nowhere_occurs_does_not_count() =>
        Assert.Equal(1, MulticlassMetrics.F1([0.8f, 0.1f, 0.1f, 0.1f, 0.8f, 0.1f], [0, 1], 3));

    [Fact]
    public void A_label_that_is_no_class_is_named() =>
        Assert.Contains("Row 0: label 3 is no class index below 3", Assert.Throws<ArgumentException>(() => MulticlassMetrics.Accuracy([1, 0, 0], [3], 3)).Message);
}
