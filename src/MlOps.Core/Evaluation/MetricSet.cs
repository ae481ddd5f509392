using MlOps.Core.Specification;
using MlOps.Core.Text;

namespace MlOps.Core.Evaluation;

/// <summary>The metrics that are to be measured of a model of one task.</summary>
public sealed class MetricSet
{
    private readonly int _width;

    private MetricSet(LearningTask task, IReadOnlyList<string> names, int width) => (Task, Names, _width) = (task, names, width);

    /// <summary>The kind of problem.</summary>
    public LearningTask Task { get; }

    /// <summary>Names of the metrics, in the order that was asked for.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>A set of named metrics.</summary>
    /// <param name="task">The kind of problem.</param>
    /// <param name="names">Names of <see cref="MetricNames"/>; empty: all of the task.</param>
    /// <param name="outputWidth">Columns of the model's output: the number of classes for multiclass, otherwise 1.</param>
    /// <exception cref="ArgumentException">A name is no metric of the task; the message holds the nearest one.</exception>
    public static MetricSet Create(LearningTask task, IReadOnlyList<string> names, int outputWidth)
    {
        foreach (var name in names)
        {
            if (Problem(task, name) is { } problem) throw new ArgumentException(problem, nameof(names));
        }
        return new(task, names.Count == 0 ? Of(task) : [.. names.Distinct(StringComparer.Ordinal)], outputWidth);
    }

    /// <summary>All metrics of a task, the most telling first.</summary>
    public static IReadOnlyList<string> Of(LearningTask task) => [.. MetricCatalog.For(task).Select(m => m.Name)];

    /// <summary>Why a name is no metric of a task, with the nearest valid name; <see langword="null"/> when it is one.</summary>
    public static string? Problem(LearningTask task, string name)
    {
        var valid = Of(task);
        if (valid.Contains(name)) return null;
        var taskName = task.ToString().ToLowerInvariant();
        return MetricCatalog.Find(name) is not null
            ? $"'{name}' is no metric of a {taskName} task. Valid: {string.Join(", ", valid)}."
            : $"'{name}' is no metric. {NearestName.Advice(name, valid)}";
    }

    /// <summary>Whether more of a metric is better.</summary>
    /// <exception cref="ArgumentException"><paramref name="name"/> is no metric.</exception>
    public static bool IsMaximized(string name) => MetricCatalog.Find(name)?.MoreIsBetter ?? throw new ArgumentException(
        $"'{name}' is no metric. {NearestName.Advice(name, [.. MetricCatalog.All.Select(m => m.Name)])}", nameof(name));

    /// <summary>Measures every metric of the set.</summary>
    /// <param name="predictions">The model's output, shape [n, width] row by row, n ≥ 1.</param>
    /// <param name="labels">Shape [n]: as in <c>TrialSpec.LabelColumn</c>.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a value is outside what the task allows.</exception>
    public IReadOnlyDictionary<string, double> Compute(ReadOnlySpan<float> predictions, ReadOnlySpan<float> labels)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var name in Names) values[name] = Compute(name, predictions, labels);
        return values;
    }

    /// <summary>Measures each metric's 95 % interval; see <see cref="PoissonBootstrap"/>.</summary>
    /// <param name="predictions">The model's output, shape [n, width] row by row, n ≥ 1.</param>
    /// <param name="labels">Shape [n].</param>
    /// <param name="seed">The same seed gives the same intervals.</param>
    /// <param name="replicates">Number of resamples, at least 20.</param>
    /// <returns>Name to interval; a metric that is undefined in most resamples is absent.</returns>
    public IReadOnlyDictionary<string, ConfidenceInterval> Intervals(
        ReadOnlySpan<float> predictions, ReadOnlySpan<float> labels, int seed, int replicates = PoissonBootstrap.DefaultReplicates)
    {
        IResample resample = Task switch
        {
            LearningTask.Binary => new BinaryResample(predictions, labels),
            LearningTask.Multiclass => new MulticlassResample(predictions, labels, _width),
            _ => new RegressionResample(predictions, labels),
        };
        return PoissonBootstrap.Intervals(resample, Names, seed, replicates);
    }

    private double Compute(string name, ReadOnlySpan<float> predictions, ReadOnlySpan<float> labels) => (Task, name) switch
    {
        (LearningTask.Binary, MetricNames.Auc) => BinaryMetrics.Auc(predictions, labels),
        (LearningTask.Binary, MetricNames.LogLoss) => BinaryMetrics.LogLoss(predictions, labels),
        (LearningTask.Binary, MetricNames.Brier) => BinaryMetrics.Brier(predictions, labels),
        (LearningTask.Binary, MetricNames.Accuracy) => BinaryMetrics.Accuracy(predictions, labels),
        (LearningTask.Binary, MetricNames.Precision) => BinaryMetrics.Precision(predictions, labels),
        (LearningTask.Binary, MetricNames.Recall) => BinaryMetrics.Recall(predictions, labels),
        (LearningTask.Binary, MetricNames.F1) => BinaryMetrics.F1(predictions, labels),
        (LearningTask.Multiclass, MetricNames.LogLoss) => MulticlassMetrics.LogLoss(predictions, labels, _width),
        (LearningTask.Multiclass, MetricNames.Accuracy) => MulticlassMetrics.Accuracy(predictions, labels, _width),
        (LearningTask.Multiclass, MetricNames.Precision) => MulticlassMetrics.Precision(predictions, labels, _width),
        (LearningTask.Multiclass, MetricNames.Recall) => MulticlassMetrics.Recall(predictions, labels, _width),
        (LearningTask.Multiclass, MetricNames.F1) => MulticlassMetrics.F1(predictions, labels, _width),
        (LearningTask.Regression, MetricNames.Rmse) => RegressionMetrics.Rmse(predictions, labels),
        (LearningTask.Regression, MetricNames.Mae) => RegressionMetrics.Mae(predictions, labels),
        (LearningTask.Regression, MetricNames.R2) => RegressionMetrics.R2(predictions, labels),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Names are checked when the set is made."),
    };
}
