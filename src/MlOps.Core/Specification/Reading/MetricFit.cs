using MlOps.Core.Evaluation;
using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>
/// Checks that the metrics of a file fit its label. Where the label's task is left to its expression, the first metric narrows it
/// down, and later ones must agree.
/// </summary>
internal sealed class MetricFit
{
    private readonly ProblemList _problems;
    private List<LearningTask> _possible;
    private string _because;

    public MetricFit(Fields? label, ProblemList problems)
    {
        _problems = problems;
        Declared = label?.FindValue<LearningTask>("task");
        IsOpen = Declared is null && label is not null && !label.Has("task");
        _possible = Declared is { } task ? [task] : [.. Enum.GetValues<LearningTask>()];
        _because = Declared is null ? "" : "features.label.task says so";
    }

    /// <summary>The label's task, where the file declares it.</summary>
    public LearningTask? Declared { get; }

    /// <summary>Whether the file leaves the task to the label's expression; false also when it tries to declare one and fails.</summary>
    public bool IsOpen { get; }

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
        _problems.Add(position, $"{metric.Name} in '{path}' does not fit a {string.Join(" or ", _possible.Select(Name))} label ({_because}).", $"Use one of {string.Join(", ", fitting)}.");
    }

    private static string Name(LearningTask task) => task.ToString().ToLowerInvariant();
}
