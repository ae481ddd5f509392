using MlOps.Core.Evaluation;

namespace MlOps.Core.Tests.Evaluation;

public sealed class RegressionMetricsTests
{
    // scikit-learn's own example of r2_score: 0.948...
    private static readonly float[] s_labels = [3, -0.5f, 2, 7], s_predictions = [2.5f, 0, 2, 8];

    [Fact]
    public void Errors_by_hand()
    {
        Assert.Equal(Math.Sqrt(0.375), RegressionMetrics.Rmse(s_predictions, s_labels), 12);
        Assert.Equal(0.5, RegressionMetrics.Mae(s_predictions, s_labels), 12);
        Assert.Equal(1 - 1.5 / 29.1875, RegressionMetrics.R2(s_predictions, s_labels), 12);
    }

    [Fact]
    public void The_mean_as_prediction_explains_nothing() => Assert.Equal(0, RegressionMetrics.R2([2, 2, 2], [1, 2, 3]), 12);

    [Fact]
    public void Equal_labels_leave_nothing_to_explain() => Assert.True(double.IsNaN(RegressionMetrics.R2([1, 2], [3, 3])));

    [Fact]
    public void An_infinite_prediction_is_named() =>
        Assert.Contains("Row 1: prediction", Assert.Throws<ArgumentException>(() => RegressionMetrics.Rmse([1, float.PositiveInfinity], [1, 1])).Message);
}
