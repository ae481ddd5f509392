namespace MlOps.Core.Training;

/// <summary>One parameter of a trainer.</summary>
public sealed record TrainerParameter
{
    private TrainerParameter(string name, TrainerParameterKind kind, string @default, string description) =>
        (Name, Kind, Default, Description) = (name, kind, @default, description);

    /// <summary>Name in the specification and in <see cref="TrialSpec.Parameters"/>.</summary>
    public string Name { get; }

    /// <summary>What its values are.</summary>
    public TrainerParameterKind Kind { get; }

    /// <summary>The value where the specification gives none.</summary>
    public string Default { get; }

    /// <summary>One sentence for people.</summary>
    public string Description { get; }

    /// <summary>Smallest number, inclusive.</summary>
    public double Min { get; private init; }

    /// <summary>Largest number, inclusive.</summary>
    public double Max { get; private init; }

    /// <summary>The words that it may be; empty for numbers.</summary>
    public IReadOnlyList<string> Words { get; private init; } = [];

    /// <summary>The boosters that have it; empty: every one.</summary>
    public IReadOnlyList<string> Boosters { get; init; } = [];

    /// <summary>A parameter that is a whole number.</summary>
    public static TrainerParameter Whole(string name, long min, long max, string @default, string description) =>
        new(name, TrainerParameterKind.Whole, @default, description) { Min = min, Max = max };

    /// <summary>A parameter that is any number.</summary>
    public static TrainerParameter Number(string name, double min, double max, string @default, string description) =>
        new(name, TrainerParameterKind.Number, @default, description) { Min = min, Max = max };

    /// <summary>A parameter of somebody's own program: any number or word.</summary>
    public static TrainerParameter Free(string name) =>
        new(name, TrainerParameterKind.Free, "none", "Passed on to the program.") { Min = double.MinValue, Max = double.MaxValue };

    /// <summary>A parameter that is one of a few words.</summary>
    public static TrainerParameter Word(string name, string @default, string description, params IReadOnlyList<string> words) =>
        new(name, TrainerParameterKind.Word, @default, description) { Words = words };
}

/// <summary>What the values of a parameter are.</summary>
public enum TrainerParameterKind
{
    /// <summary>Whole numbers.</summary>
    Whole,

    /// <summary>Numbers.</summary>
    Number,

    /// <summary>Words.</summary>
    Word,

    /// <summary>Numbers or words: nothing is known of them.</summary>
    Free,
}
