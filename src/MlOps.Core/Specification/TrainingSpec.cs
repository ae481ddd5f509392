namespace MlOps.Core.Specification;

/// <summary>Where, what and how to train.</summary>
public sealed record TrainingSpec
{
    /// <summary>Where trials are trained. Default: on this machine.</summary>
    public TrainingCompute Compute { get; init; } = new LocalCompute();

    /// <summary>The hyperparameter search.</summary>
    public required SearchSpec Search { get; init; }

    /// <summary>The trainers whose parameters are searched; at least one.</summary>
    public required IReadOnlyList<TrainerSpec> Trainers { get; init; }

    /// <summary>Longest time of one trial before it is stopped and counted as failed. Default: 1 hour.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>A search over the trainers' parameter ranges.</summary>
public sealed record SearchSpec
{
    /// <summary>How points are chosen. Default: random.</summary>
    public SearchMethod Method { get; init; } = SearchMethod.Random;

    /// <summary>Number of trials, 1 to 1,000. Default: 10.</summary>
    public int Trials { get; init; } = 10;

    /// <summary>Trials at once, 1 to 64. Default: 2.</summary>
    public int Parallel { get; init; } = 2;

    /// <summary>The metric that decides, measured on the validation part: a name of <c>MetricNames</c>.</summary>
    public required string Metric { get; init; }

    /// <summary>Whether more is better.</summary>
    public required bool Maximize { get; init; }

    /// <summary>Seed of the search; the same seed gives the same trials. Default: 1.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>How a search chooses its points.</summary>
public enum SearchMethod
{
    /// <summary>Each trial draws a trainer in turn and every parameter independently (Bergstra and Bengio, 2012).</summary>
    Random,
}

/// <summary>One trainer and the ranges of its parameters.</summary>
/// <param name="Trainer">The trainer's name: <c>xgboost</c>, <c>command</c>.</param>
/// <param name="Parameters">Parameter name to range.</param>
public sealed record TrainerSpec(string Trainer, IReadOnlyDictionary<string, ParameterRange> Parameters)
{
    /// <summary>Trainer <c>command</c>: the program and its first arguments, started in the pipeline's folder. Otherwise empty.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];
}

/// <summary>What is measured on the test part.</summary>
public sealed record EvaluationSpec
{
    /// <summary>Names of metrics; default: those of the label's task.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>Columns or features by whose values the metrics are broken down.</summary>
    public IReadOnlyList<string> Slices { get; init; } = [];
}
