using MlOps.Core.Specification;

namespace MlOps.Core.Evaluation;

/// <summary>What is known of each metric: which problems it fits, which way is better, and between which values it lies.</summary>
public static class MetricCatalog
{
    /// <summary>Every metric of the test and validation parts, in the order in which reports show them.</summary>
    public static IReadOnlyList<MetricDefinition> All { get; } =
    [
        new(MetricNames.Auc, MoreIsBetter: true, 0, 1, LearningTask.Binary),
        new(MetricNames.LogLoss, MoreIsBetter: false, 0, double.PositiveInfinity, LearningTask.Binary, LearningTask.Multiclass),
        new(MetricNames.Brier, MoreIsBetter: false, 0, 1, LearningTask.Binary),
        new(MetricNames.Accuracy, MoreIsBetter: true, 0, 1, LearningTask.Binary, LearningTask.Multiclass),
        new(MetricNames.Precision, MoreIsBetter: true, 0, 1, LearningTask.Binary, LearningTask.Multiclass),
        new(MetricNames.Recall, MoreIsBetter: true, 0, 1, LearningTask.Binary, LearningTask.Multiclass),
        new(MetricNames.F1, MoreIsBetter: true, 0, 1, LearningTask.Binary, LearningTask.Multiclass),
        new(MetricNames.Rmse, MoreIsBetter: false, 0, double.PositiveInfinity, LearningTask.Regression),
        new(MetricNames.Mae, MoreIsBetter: false, 0, double.PositiveInfinity, LearningTask.Regression),
        new(MetricNames.R2, MoreIsBetter: true, double.NegativeInfinity, 1, LearningTask.Regression),
    ];

    /// <summary>A metric by its name, or <see langword="null"/>.</summary>
    public static MetricDefinition? Find(string name) => All.FirstOrDefault(m => m.Name == name);

    /// <summary>The metrics that fit a kind of problem, in the order of <see cref="All"/>.</summary>
    public static IReadOnlyList<MetricDefinition> For(LearningTask task) => [.. All.Where(m => m.Tasks.Contains(task))];

    /// <summary>The metric that a search optimizes where the specification names none.</summary>
    public static MetricDefinition DefaultFor(LearningTask task) => Find(task switch
    {
        LearningTask.Binary => MetricNames.Auc,
        LearningTask.Multiclass => MetricNames.LogLoss,
        _ => MetricNames.Rmse,
    })!;
}

/// <summary>A metric.</summary>
/// <param name="Name">A name of <see cref="MetricNames"/>.</param>
/// <param name="MoreIsBetter">Whether a larger value is the better one.</param>
/// <param name="Min">Smallest possible value.</param>
/// <param name="Max">Largest possible value.</param>
/// <param name="Tasks">The kinds of problem that it is defined for.</param>
public sealed record MetricDefinition(string Name, bool MoreIsBetter, double Min, double Max, params IReadOnlyList<LearningTask> Tasks);
