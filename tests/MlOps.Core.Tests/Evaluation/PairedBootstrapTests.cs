using System.Text.Json;
using MlOps.Core.Evaluation;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Evaluation;

public sealed class PairedBootstrapTests
{
    private static readonly JsonElement s_reference =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Evaluation", "paired-reference.json"))).RootElement;

    [Fact]
    public void The_difference_of_two_AUCs_is_as_sure_as_DeLong_says() => AgreesWithTheory("auc", d => d > 0);

    [Fact]
    public void The_difference_of_two_Brier_scores_is_as_sure_as_the_error_of_a_mean() => AgreesWithTheory("brier", d => d < 0);

    [Fact]
    public void Which_way_around_only_turns_the_sign()
    {
        var (first, second) = (Scores("first"), Scores("second"));
        var (forth, back) = (PairedBootstrap.Compare("auc", first, second, d => d > 0)!, PairedBootstrap.Compare("auc", second, first, d => d < 0)!);
        Assert.Equal(forth.Value, -back.Value, 12);
        Assert.Equal(forth.Interval.Low, -back.Interval.High, 12);
        Assert.Equal(forth.PValue, back.PValue, 12);
    }

    [Fact]
    public void A_model_is_no_better_than_itself_and_no_worse()
    {
        var scores = Scores("first");
        Assert.Equal(1, PairedBootstrap.Compare("auc", scores, scores, d => d > 0)!.PValue, 12);
        Assert.Equal(1.0 / 1001, PairedBootstrap.Compare("auc", scores, scores, d => d >= 0)!.PValue, 12);
    }

    [Theory]
    [InlineData(LearningTask.Multiclass, 2, "accuracy")]
    [InlineData(LearningTask.Regression, 1, "rmse")]
    public void Other_tasks_are_paired_row_by_row_too(LearningTask task, int width, string metric)
    {
        // The second model errs on the rows that the first one errs on, and on one more: were they not paired, nothing would be certain.
        var labels = Enumerable.Range(0, 60).Select(i => (float)(i % 2)).ToArray();
        var (first, second) = (Answers(labels, 20, width), Answers(labels, 26, width));
        var (one, other) = (Of(task, width, first, labels), Of(task, width, second, labels));
        var better = MetricSet.IsMaximized(metric) ? 1 : -1;
        Assert.True(PairedBootstrap.Compare(metric, one, other, d => d * better > 0)!.PValue < 0.01);
        Assert.Equal(1, PairedBootstrap.Compare(metric, other, one, d => d * better > 0)!.PValue, 12);
    }

    [Fact]
    public void What_is_undefined_or_not_the_same_rows_is_not_compared()
    {
        var oneClass = Of(LearningTask.Binary, 1, [0.2f, 0.4f], [1, 1]);
        Assert.Null(PairedBootstrap.Compare("auc", oneClass, oneClass, d => d >= 0));
        Assert.Null(PairedBootstrap.Compare("rmse", Scores("first"), Scores("second"), d => d >= 0));
        var error = Assert.Throws<ArgumentException>(() => PairedBootstrap.Compare("auc", oneClass, Scores("first"), d => d >= 0));
        Assert.Contains("2 rows, the other on 400", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_are_read_as_they_were_written_and_a_part_of_them_is_refused()
    {
        var scores = Of(LearningTask.Multiclass, 2, [0.25f, 0.75f, 1, 0], [1, 0]);
        var bytes = scores.ToBytes();
        var read = TestScores.FromBytes(bytes);
        Assert.Equal((LearningTask.Multiclass, 2, 2), (read.Task, read.Width, read.Rows));
        Assert.Equal(scores.Predictions.ToArray(), read.Predictions.ToArray());
        Assert.Equal(scores.Labels.ToArray(), read.Labels.ToArray());
        Assert.Throws<ArgumentException>(() => TestScores.FromBytes(bytes.AsSpan(0, bytes.Length - 4)));
        Assert.Throws<ArgumentException>(() => TestScores.FromBytes(bytes.AsSpan(0, 5)));
    }

    private static void AgreesWithTheory(string metric, Func<double, bool> better)
    {
        var expected = s_reference.GetProperty(metric);
        var (value, error, p) = (expected.GetProperty("difference").GetDouble(), expected.GetProperty("error").GetDouble(), expected.GetProperty("p").GetDouble());
        var found = PairedBootstrap.Compare(metric, Scores("first"), Scores("second"), better)!;
        Assert.Equal(value, found.Value, 6);
        // A thousand resamples know the ends of an interval to about a tenth of the error.
        Assert.InRange(found.Interval.Low, value - 2.2 * error, value - 1.75 * error);
        Assert.InRange(found.Interval.High, value + 1.75 * error, value + 2.2 * error);
        Assert.InRange(found.PValue, p / 2, p * 2);
        Assert.Equal(400, found.Rows);
    }

    private static TestScores Scores(string model) => Of(
        LearningTask.Binary, 1, [.. s_reference.GetProperty(model).EnumerateArray().Select(v => v.GetSingle())],
        [.. s_reference.GetProperty("labels").EnumerateArray().Select(v => v.GetSingle())]);

    private static float[] Answers(float[] labels, int wrong, int width) => [.. labels.SelectMany((label, i) =>
    {
        var answer = i < wrong ? 1 - label : label;
        return width is 1 ? [answer] : new[] { 1 - answer, answer };
    })];

    private static TestScores Of(LearningTask task, int width, float[] predictions, float[] labels) =>
        new() { Task = task, Width = width, Predictions = predictions, Labels = labels };
}
