using MlOps.Core.Evaluation;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Evaluation;

public sealed class MetricSetTests
{
    [Fact]
    public void No_names_mean_all_metrics_of_the_task() =>
        Assert.Equal(["rmse", "mae", "r2"], MetricSet.Create(LearningTask.Regression, [], 1).Compute([1, 2], [1, 3]).Keys);

    [Fact]
    public void Only_what_is_named_is_measured() =>
        Assert.Equal(["brier", "auc"], MetricSet.Create(LearningTask.Binary, ["brier", "auc"], 1).Compute([0.5f, 0.6f], [0, 1]).Keys);

    [Theory]
    [InlineData("logloss", "Did you mean 'logLoss'?")]
    [InlineData("acu", "Did you mean 'auc'?")]
    [InlineData("rmse", "'rmse' is no metric of a binary task. Valid: auc, logLoss")]
    [InlineData("banana", "'banana' is no metric. Use one of auc, logLoss")]
    public void A_wrong_name_is_answered_with_the_right_one(string name, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => MetricSet.Create(LearningTask.Binary, [name], 1)).Message);

    [Fact]
    public void Every_metric_says_whether_more_is_better()
    {
        string[] all = [.. Enum.GetValues<LearningTask>().SelectMany(MetricSet.Of).Distinct()];
        Assert.Equal(["logLoss", "brier", "rmse", "mae"], all.Where(name => !MetricSet.IsMaximized(name)));
    }
}
