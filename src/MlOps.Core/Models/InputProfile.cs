namespace MlOps.Core.Models;

/// <summary>What the raw columns looked like in training, and what serving does with values that look otherwise; <c>inputs.json</c> of every model version.</summary>
public sealed record InputProfile
{
    /// <summary>Most categories of one column that are told; a column with more has no list.</summary>
    public const int MaxCategories = 10_000;

    /// <summary>What is done with values that look otherwise.</summary>
    public InputPolicy Policy { get; init; } = new();

    /// <summary>The raw columns that the model reads and of which something is known.</summary>
    public IReadOnlyList<InputColumnProfile> Columns { get; init; } = [];
}

/// <summary>What one raw column looked like in training.</summary>
public sealed record InputColumnProfile
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Smallest number; <see langword="null"/> for other types.</summary>
    public double? Min { get; init; }

    /// <summary>Largest number; <see langword="null"/> for other types.</summary>
    public double? Max { get; init; }

    /// <summary>The texts that occurred, in ordinal order; <see langword="null"/> for other types, and where there were too many.</summary>
    public IReadOnlyList<string>? Categories { get; init; }
}

/// <summary>What serving does with a row that can be computed and yet is not as it should be.</summary>
public sealed record InputPolicy
{
    /// <summary>A value that breaks a rule that the pipeline declares for its column (min, max, values, pattern). Default: reject.</summary>
    public InputAction Rules { get; init; } = InputAction.Reject;

    /// <summary>A number outside the range seen in training. Default: warn.</summary>
    public InputAction Range { get; init; } = InputAction.Warn;

    /// <summary>A text that did not occur in training. Default: warn.</summary>
    public InputAction UnknownCategory { get; init; } = InputAction.Warn;

    /// <summary>A field that is none of the model's columns. Default: reject, because it may be a misspelt one.</summary>
    public InputAction Extra { get; init; } = InputAction.Reject;
}

/// <summary>What is done with a value.</summary>
public enum InputAction
{
    /// <summary>It is answered as if nothing were.</summary>
    Ignore,

    /// <summary>It is answered, and the answer has a warning.</summary>
    Warn,

    /// <summary>The request is refused.</summary>
    Reject,
}
