namespace MlOps.Core.Specification;

/// <summary>How rows become examples: the label, the inputs, and the split.</summary>
public sealed record FeaturesSpec
{
    /// <summary>What is predicted.</summary>
    public required LabelSpec Label { get; init; }

    /// <summary>The model's inputs, in the order of the file.</summary>
    public required IReadOnlyList<FeatureSpec> Inputs { get; init; }

    /// <summary>How examples are divided into training, validation and test.</summary>
    public required SplitSpec Split { get; init; }
}

/// <summary>What is predicted.</summary>
/// <param name="Name">Name of the label: <c>late</c>.</param>
/// <param name="Sql">SQL expression over the columns: <c>delay >= 15</c>. Rows where it is NULL are left out.</param>
/// <param name="Task">The kind of problem; <see langword="null"/>: from the expression's type (boolean: binary, text: multiclass, number: regression).</param>
public sealed record LabelSpec(string Name, string Sql, LearningTask? Task = null);

/// <summary>The kind of problem.</summary>
public enum LearningTask
{
    /// <summary>Two classes; the model answers the probability of the positive one.</summary>
    Binary,

    /// <summary>Three or more classes; the model answers a probability for each.</summary>
    Multiclass,

    /// <summary>A number.</summary>
    Regression,
}

/// <summary>One input of the model.</summary>
/// <param name="Name">Name of the input, as the model and the prediction log know it.</param>
/// <param name="Sql">SQL expression over the columns; the quoted column of the same name where the file gives none.</param>
/// <param name="Encode">How text becomes numbers; <see langword="null"/>: one-hot for text, nothing for numbers.</param>
public sealed record FeatureSpec(string Name, string Sql, EncodingMethod? Encode = null);

/// <summary>How a category becomes numbers inside the model.</summary>
public enum EncodingMethod
{
    /// <summary>Smoothed mean of the label for the category, fitted on the training part only (Micci-Barreca, 2001).</summary>
    Target,

    /// <summary>One indicator per category seen in training.</summary>
    OneHot,

    /// <summary>Rank of the category in ordinal text order.</summary>
    Ordinal,
}

/// <summary>How examples are divided.</summary>
public sealed record SplitSpec
{
    /// <summary>By time (the newest examples are the test part) or at random.</summary>
    public required SplitMethod By { get; init; }

    /// <summary>Column that orders the examples when split by time: a declared timestamp or date column.</summary>
    public string? Column { get; init; }

    /// <summary>Share of the test part, in (0, 1). Default: 0.2.</summary>
    public double Test { get; init; } = 0.2;

    /// <summary>Share of the validation part, in (0, 1), of all examples. Default: 0.1.</summary>
    public double Validation { get; init; } = 0.1;

    /// <summary>Seed of a random split. Default: 1.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>How examples are divided.</summary>
public enum SplitMethod
{
    /// <summary>Oldest to training, then validation, newest to test.</summary>
    Time,

    /// <summary>By a seeded hash of the row number.</summary>
    Random,
}
