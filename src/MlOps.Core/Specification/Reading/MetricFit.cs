using MlOps.Core.Evaluation;

namespace MlOps.Core.Specification.Reading;

/// <summary>
/// Checks that the metrics of a file fit its label. Where the label's task is left to its expression, the first metric narrows it
/// down, and later ones must agree.
/// </summary>
internal sealed class MetricFit(LearningTask? declared, ProblemList problems)
{
    private IReadOnlyList<LearningTask> _possible = declared is { } task ? [task] : Enum.GetValues<LearningTask>();
    private string _because = declared is null ? "" : "features.label.task says so";

    /// <summary>The label's task, where the file declares it.</summary>
    public LearningTask? Declared { get; } = declared;

    public void Require(MetricDefinition metric, string path, SourcePosition position)
    {
        var left = _possible.Intersect(metric.Tasks).ToList();
        if (left.Count > 0)
        {
            if (left.Count < _possible.Count) _because = $"{path} has {metric.Name}";
            _possible = left;
            return;
        }
        var fitting = MetricCatalog.All.Where(m => m.Tasks.Intersect(_possible).Any()).Select(m => m.Name);
        problems.Add(position, $"{metric.Name} in '{path}' does not fit a {string.Join(" or ", _possible.Select(Name))} label ({_because}).", $"Use one of {string.Join(", ", fitting)}.");
    }

    private static string Name(LearningTask task) => task.ToString().ToLowerInvariant();
}
