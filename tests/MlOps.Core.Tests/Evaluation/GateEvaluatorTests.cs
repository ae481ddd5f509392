using MlOps.Core.Evaluation;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Evaluation;

public class GateEvaluatorTests
{
    private static readonly GateSpec s_onChampion = new() { Text = "auc >= champion.auc - 0.002", Metric = "auc", Comparison = GateComparison.AtLeast, ChampionMetric = "auc", Constant = -0.002 };

    [Theory]
    [InlineData(GateComparison.AtLeast, 0.64, false)]
    [InlineData(GateComparison.AtLeast, 0.65, true)]
    [InlineData(GateComparison.MoreThan, 0.65, false)]
    [InlineData(GateComparison.MoreThan, 0.66, true)]
    [InlineData(GateComparison.AtMost, 0.65, true)]
    [InlineData(GateComparison.AtMost, 0.66, false)]
    [InlineData(GateComparison.LessThan, 0.65, false)]
    [InlineData(GateComparison.LessThan, 0.64, true)]
    public void A_gate_compares_with_its_number(GateComparison comparison, double value, bool passed)
    {
        var gate = new GateSpec { Text = "auc ? 0.65", Metric = "auc", Comparison = comparison, Constant = 0.65 };
        var result = Assert.Single(GateEvaluator.Evaluate([gate], Metrics(("auc", value)), null).Gates);
        Assert.Equal((passed, value, 0.65, "auc ? 0.65"), (result.Passed, result.Value, result.Threshold, result.Text));
    }

    [Theory]
    [InlineData(0.7, 0.703, false)]
    [InlineData(0.7, 0.7, true)]
    [InlineData(0.7, 0.65, true)]
    public void A_gate_on_the_champion_adds_its_number(double candidate, double champion, bool passed)
    {
        var result = Assert.Single(GateEvaluator.Evaluate([s_onChampion], Metrics(("auc", candidate)), Metrics(("auc", champion))).Gates);
        Assert.Equal(passed, result.Passed);
        Assert.Equal(champion - 0.002, result.Threshold, 12);
    }

    [Fact]
    public void Without_a_champion_there_is_nobody_to_beat()
    {
        var result = Assert.Single(GateEvaluator.Evaluate([s_onChampion], Metrics(("auc", 0.1)), null).Gates);
        Assert.True(result.Passed);
        Assert.Contains("no champion", result.Detail, StringComparison.Ordinal);
        Assert.True(double.IsNaN(result.Threshold));
    }

    [Fact]
    public void What_could_not_be_measured_is_not_good_enough()
    {
        foreach (var champion in new[] { null, Metrics(("auc", 0.5)) })
        {
            var absent = Assert.Single(GateEvaluator.Evaluate([s_onChampion], Metrics(), champion).Gates);
            Assert.False(absent.Passed);
            Assert.Contains("candidate's auc was not measured", absent.Detail, StringComparison.Ordinal);
            var nan = Assert.Single(GateEvaluator.Evaluate([s_onChampion], Metrics(("auc", double.NaN)), champion).Gates);
            Assert.False(nan.Passed);
            Assert.Contains("no number", nan.Detail, StringComparison.Ordinal);
        }
        Assert.False(GateEvaluator.Evaluate([s_onChampion], Metrics(("auc", 0.7)), Metrics(("auc", double.NaN))).Passed);
        var unknown = Assert.Single(GateEvaluator.Evaluate([s_onChampion], Metrics(("auc", 0.7)), Metrics()).Gates);
        Assert.Contains("champion's auc was not measured", unknown.Detail, StringComparison.Ordinal);
        Assert.False(unknown.Passed);
    }

    [Fact]
    public void One_failed_gate_fails_the_report_and_is_its_reason()
    {
        GateSpec[] gates =
        [
            new() { Text = "auc >= 0.5", Metric = "auc", Comparison = GateComparison.AtLeast, Constant = 0.5 },
            new() { Text = "latencyP99 <= 2ms", Metric = "latencyP99", Comparison = GateComparison.AtMost, Constant = 2 },
        ];
        var report = GateEvaluator.Evaluate(gates, Metrics(("auc", 0.7), ("latencyP99", 3.5)), null);
        Assert.False(report.Passed);
        Assert.Equal("latencyP99 <= 2ms: latencyP99 is 3.5, not at most 2.", report.Reason);
        Assert.Equal([true, false], report.Gates.Select(g => g.Passed));
        Assert.Equal("auc is 0.7, as required at least 0.5.", report.Gates[0].Detail);
    }

    [Theory]
    [InlineData(GateComparison.MoreThan, 0, true)]
    [InlineData(GateComparison.MoreThan, 0.1, false)]
    [InlineData(GateComparison.LessThan, 0, false)]
    public void A_gate_with_a_confidence_passes_when_the_rows_show_it(GateComparison comparison, double margin, bool passed)
    {
        // The candidate ranks 60 rows perfectly; the champion confuses a few of them.
        var (candidate, champion) = (Scores(0), Scores(3));
        var gate = new GateSpec { Text = "the gate", Metric = "auc", Comparison = comparison, ChampionMetric = "auc", Constant = margin, Confidence = 0.95 };
        var result = Assert.Single(GateEvaluator.Evaluate([gate], Metrics(("auc", 1)), Metrics(("auc", 0.96)), new(candidate, champion)).Gates);
        Assert.Equal(passed, result.Passed);
        Assert.Equal(passed, result.Difference!.PValue <= 0.05);
        Assert.Equal(60, result.Difference.Rows);
        Assert.Contains(passed ? "is shown with 95% confidence" : "is not shown with 95% confidence", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_certain_without_the_answers_row_by_row()
    {
        var gate = s_onChampion with { Confidence = 0.95 };
        Assert.True(GateEvaluator.Evaluate([gate], Metrics(("auc", 0.7)), null).Passed);
        var missing = Assert.Single(GateEvaluator.Evaluate([gate], Metrics(("auc", 0.9)), Metrics(("auc", 0.5))).Gates);
        Assert.False(missing.Passed);
        Assert.Contains("are not there", missing.Detail, StringComparison.Ordinal);
        var other = Scores(0) with { Labels = new float[30], Predictions = new float[30] };
        var apart = Assert.Single(GateEvaluator.Evaluate([gate], Metrics(("auc", 0.9)), Metrics(("auc", 0.5)), new(Scores(0), other)).Gates);
        Assert.False(apart.Passed);
        Assert.Contains("60 rows of the test part and the champion 30", apart.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void No_gates_no_objection() => Assert.True(GateEvaluator.Evaluate([], Metrics(), null).Passed);

    private static TestScores Scores(int confused)
    {
        var labels = Enumerable.Range(0, 60).Select(i => i % 2 is 0 ? 1f : 0f).ToArray();
        var predictions = labels.Select((label, i) => (i < 2 * confused ? 1 - label : label) * 0.5f + 0.2f + i / 1000f).ToArray();
        return new() { Task = LearningTask.Binary, Width = 1, Predictions = predictions, Labels = labels };
    }

    private static Dictionary<string, double> Metrics(params (string Name, double Value)[] metrics) =>
        metrics.ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal);
}
