namespace MlOps.Core.Specification;

/// <summary>A pipeline as its <c>pipeline.yaml</c> declares it, read and checked: every reference inside it is known to resolve.</summary>
public sealed record PipelineSpec
{
    /// <summary>Lower-case letters, digits and dashes, 1 to 63 characters, starting with a letter: a path segment and a table key.</summary>
    public required string Name { get; init; }

    /// <summary>One line for people. Default: empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>Who answers for the pipeline, as an e-mail address or a team's name. Default: empty.</summary>
    public string Owner { get; init; } = "";

    /// <summary>What starts a run. Default: a file in <c>incoming/&lt;name&gt;/</c>.</summary>
    public required TriggerSpec Triggers { get; init; }

    /// <summary>The columns, the checks, and how much history a training set spans.</summary>
    public required DataSpec Data { get; init; }

    /// <summary>Label, inputs and split.</summary>
    public required FeaturesSpec Features { get; init; }

    /// <summary>Where, what and how to train.</summary>
    public required TrainingSpec Training { get; init; }

    /// <summary>What is measured on the test part.</summary>
    public required EvaluationSpec Evaluation { get; init; }

    /// <summary>Conditions that a candidate must meet, in the order of the file. May be empty.</summary>
    public IReadOnlyList<GateSpec> Gates { get; init; } = [];

    /// <summary>Who decides; <see langword="null"/> when the pipeline releases what passes its gates without asking.</summary>
    public ApprovalSpec? Approval { get; init; }

    /// <summary>Where an approved model goes.</summary>
    public required ReleaseSpec Release { get; init; }

    /// <summary>What is logged of the endpoint's predictions, and what watches over them.</summary>
    public MonitorsSpec Monitors { get; init; } = new();

    /// <summary>How whole files are scored.</summary>
    public ScoringSpec Scoring { get; init; } = new();

    /// <summary>Whom to tell. Default: files below <c>outbox/</c>.</summary>
    public NotifySpec Notify { get; init; } = new();

    /// <summary>Example data for a first run; <see langword="null"/> when there is none.</summary>
    public ExampleSpec? Example { get; init; }
}

/// <summary>Real data that ships with a dependency, for a first run without data of one's own.</summary>
public sealed record ExampleSpec
{
    /// <summary>File below the repository's <c>node_modules</c>: <c>vega-datasets/data/flights-3m.parquet</c>.</summary>
    public required string Source { get; init; }

    /// <summary>SQL expression over the source's columns that names the file each row goes to (text, safe in a file name); <see langword="null"/>: the source as it is.</summary>
    public string? Partition { get; init; }

    /// <summary>How many of the files, in the order of their names, are dropped for the first run. Default: 1.</summary>
    public int Drop { get; init; } = 1;
}
